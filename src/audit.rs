//! The audit: append-only rows in an HMAC chain.
use crate::{Platform, actor::Actor, central::Conn, error::Result};

/// Writes one row inside the caller's transaction: for acts that are that transaction.
/// `action` is `noun.verb` (`admin.create`), `subject` names the thing (`admin:<id> ada@example.com`).
pub async fn record(
    _platform: &Platform,
    _tx: &mut Conn,
    _actor: &Actor,
    _action: &str,
    _subject: &str,
    _body: &serde_json::Value,
) -> Result<()> {
    todo!()
}

/// Writes the intent in a transaction of its own, before an act that reaches outside the central database. If it cannot be
/// written, the act is refused.
pub async fn intent(
    _platform: &Platform,
    _actor: &Actor,
    _action: &str,
    _subject: &str,
    _body: &serde_json::Value,
) -> Result<Intent> {
    todo!()
}

#[must_use = "an intent wants its outcome recorded"]
pub struct Intent {}

impl Intent {
    /// Writes the outcome row.
    pub async fn outcome<T>(self, _platform: &Platform, _result: &Result<T>) -> Result<()> {
        todo!()
    }
}
