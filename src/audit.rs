//! The audit: append-only rows in an HMAC chain.
//!
//! Every row's mac covers the row and the mac before it, under a key derived from the vault's: an edit, a deletion or a
//! reorder breaks the chain, and a truncation shows against a head kept elsewhere. Numbers come from a counter whose row
//! orders the writers, so writing the audit is the last thing a transaction does before its commit.
//!
//! The chain is for whoever has the key. An export is for whoever has not: its rows are chained by plain hashes, and its head is
//! signed.

mod chain;
mod export;
mod filter;
mod head;
mod kept;
mod lines;
mod proof;
mod prune;
mod store;
mod window;

use neo_model::{AuditOutcome, AuditRow};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::error::{Error, Result};
use crate::metrics;
use crate::vault::Vault;
pub use export::Export;
pub use filter::{Filter, NAMES, Said};
pub use kept::{keep_head, keep_heads};
pub(crate) use lines::csv_line;
pub use proof::{Fault, Proof, prove};
pub use prune::{YOUNGEST, prunable, prune};

/// The act that leaves a stub.
const PRUNE: &str = "audit.prune";
/// What is said of a chain against which there is nothing to be said.
const HOLDS: &str = "holds";

/// A row as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub door: String,
    pub address: Option<String>,
    pub action: String,
    pub subject: String,
    /// `intended`, `succeeded` or `failed`.
    pub outcome: String,
    pub request_id: String,
    pub body: Value,
}

impl From<Row> for AuditRow {
    fn from(row: Row) -> Self {
        Self {
            action: row.action,
            actor: row.actor,
            address: row.address,
            at: row.at,
            body: row.body,
            door: row.door,
            outcome: row.outcome,
            request_id: row.request_id,
            seq: row.seq,
            subject: row.subject,
        }
    }
}

/// Writes one row inside the caller's transaction: for acts that are that transaction.
/// `action` is `noun.verb` (`admin.create`), `subject` names the thing (`admin:<id> ada@example.com`).
pub async fn record(
    platform: &Platform,
    tx: &mut Conn,
    actor: &Actor,
    action: &str,
    subject: &str,
    body: &Value,
) -> Result<()> {
    append(&platform.vault, tx, actor, action, subject, AuditOutcome::Succeeded, body).await?;
    Ok(())
}

/// The same for an act that was refused or came to nothing.
pub async fn record_failure(
    platform: &Platform,
    tx: &mut Conn,
    actor: &Actor,
    action: &str,
    subject: &str,
    body: &Value,
) -> Result<()> {
    append(&platform.vault, tx, actor, action, subject, AuditOutcome::Failed, body).await?;
    Ok(())
}

/// The same for what somebody could cause without end: of one `key` at most `most` rows are written in ten minutes, and the first
/// after that says how many were not.
pub(crate) async fn record_seldom(
    platform: &Platform,
    tx: &mut Conn,
    (key, most): (&str, i64),
    actor: &Actor,
    (action, subject): (&str, &str),
    mut body: Value,
) -> Result<()> {
    let Some(unwritten) = window::admit(tx, key, most).await? else { return Ok(()) };
    if unwritten > 0 {
        body["unwritten_before"] = json!(unwritten);
    }
    record_failure(platform, tx, actor, action, subject, &body).await
}

/// Somebody was refused what their role may not do; `what` names it as they asked for it.
pub async fn refused(platform: &Platform, actor: &Actor, what: &str, error: &Error) -> Result<()> {
    let what: String = what.chars().take(200).collect();
    let key = format!("refused:{}", actor.key());
    let mut tx = platform.central.write().await?;
    let body = json!({ "role": actor.role, "error": error.message });
    record_seldom(platform, &mut tx, (&key, REFUSALS), actor, ("access.refuse", &what), body).await?;
    Ok(tx.commit().await?)
}

/// How many refusals of one person are written in ten minutes.
const REFUSALS: i64 = 30;

/// A key that this database is sealed with from here on, in the name of whoever started the process that brought it.
pub(crate) async fn key_introduced(vault: &Vault, tx: &mut Conn, former: Option<&str>) -> Result<()> {
    let subject = format!("key:{}", vault.kid());
    let body = json!({ "former": former });
    append(vault, tx, &Actor::operator(), "key.introduce", &subject, AuditOutcome::Succeeded, &body).await?;
    Ok(())
}

/// Writes the intent in a transaction of its own, before an act that reaches outside the central database. If it cannot be
/// written, the act is refused.
pub async fn intent(platform: &Platform, actor: &Actor, action: &str, subject: &str, body: &Value) -> Result<Intent> {
    let mut tx = platform.central.write().await?;
    let seq = append(&platform.vault, &mut tx, actor, action, subject, AuditOutcome::Intended, body).await?;
    tx.commit().await?;
    Ok(Intent { seq, actor: actor.clone(), action: action.to_owned(), subject: subject.to_owned() })
}

#[must_use = "an intent wants its outcome recorded"]
pub struct Intent {
    seq: i64,
    actor: Actor,
    action: String,
    subject: String,
}

impl Intent {
    /// Writes the outcome row: it points at the intent by its number.
    pub async fn outcome<T>(self, platform: &Platform, result: &Result<T>) -> Result<()> {
        self.outcome_with(platform, result, |_| json!({})).await
    }

    /// The same, with what there is to say of a success.
    pub async fn outcome_with<T>(
        self,
        platform: &Platform,
        result: &Result<T>,
        said: impl FnOnce(&T) -> Value,
    ) -> Result<()> {
        let (outcome, body) = match result {
            Ok(done) => {
                let mut body = said(done);
                body["intent"] = json!(self.seq);
                (AuditOutcome::Succeeded, body)
            }
            Err(error) => (
                AuditOutcome::Failed,
                json!({ "intent": self.seq, "error": { "code": error.kind.code(), "message": error.to_string() } }),
            ),
        };
        let mut tx = platform.central.write().await?;
        append(&platform.vault, &mut tx, &self.actor, &self.action, &self.subject, outcome, &body).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A page of rows, newest first: `filter.before` is the number of the last row of the page before. Whoever is confined is told of
/// their tenants, and of runs on these alone.
pub async fn list(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<Vec<Row>> {
    actor.authorise(Permission::ReadAudit)?;
    let mut rows = store::list(&mut *platform.central.read().await?, filter, actor.confinement()).await?;
    rows.iter_mut().for_each(|row| row.told_to(actor));
    Ok(rows)
}

/// How many there are on all pages; with `filter.before`, on those from there on.
pub async fn count(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<i64> {
    actor.authorise(Permission::ReadAudit)?;
    store::count(&mut *platform.central.read().await?, filter, actor.confinement()).await
}

/// The row that belongs to this one, which was told to whoever asks: the outcome of an intent, the intent of an outcome.
pub async fn partner(platform: &Platform, actor: &Actor, of: &Row) -> Result<Option<Row>> {
    actor.authorise(Permission::ReadAudit)?;
    let found = store::partner(&mut *platform.central.read().await?, of).await?;
    Ok(found.map(|mut row| {
        row.told_to(actor);
        row
    }))
}

impl Row {
    /// How a run's tenants were chosen may name some that were none of it in the end.
    fn told_to(&mut self, actor: &Actor) {
        if let (Some(_), Some(body)) = (actor.confinement(), self.body.as_object_mut()) {
            body.remove("selection");
        }
    }
}

/// What a walk along the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub rows: i64,
    /// `<number>:<mac>` of the newest row: kept elsewhere, it proves a later truncation.
    pub head: Option<String>,
    /// What retention has taken out, the oldest first: the chain goes on after it.
    pub pruned: Vec<Pruned>,
    /// The first number at which the chain does not hold, and why.
    pub first_bad: Option<Bad>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bad {
    pub seq: i64,
    pub reason: String,
}

/// Rows that retention has taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// The numbers of the first and the last.
    pub first: i64,
    pub last: i64,
    pub rows: i64,
    /// When these two were written.
    pub from: String,
    pub until: String,
    pub by: String,
    /// When they were taken out; none where they have not been yet.
    pub at: Option<String>,
}

/// A head that was kept elsewhere.
#[derive(Debug, Clone)]
struct Kept {
    seq: i64,
    mac: String,
    /// The file it was found in, and when it was written there.
    whence: Option<String>,
}

impl Kept {
    /// `<number>:<mac>`
    fn parse(head: &str) -> Option<Self> {
        let (seq, mac) = head.trim().split_once(':')?;
        Some(Self { seq: seq.parse().ok()?, mac: mac.to_owned(), whence: None })
    }

    fn by(&self) -> String {
        self.whence.as_ref().map_or_else(String::new, |file| format!(", as {file} says"))
    }

    fn is_another(&self) -> String {
        format!("the row is not the one whose head was kept{}", self.by())
    }
}

/// Recomputes the chain from its first row, and holds it against the head that `AUDIT_HEAD_FILE` keeps.
pub async fn verify(platform: &Platform, actor: &Actor) -> Result<Verification> {
    actor.authorise(Permission::ReadAudit)?;
    let kept = kept::read(platform).await?;
    chain::verify(platform, kept.as_slice()).await
}

/// The same, and that the chain still contains `head`, as an earlier verification printed it.
pub async fn verify_against(platform: &Platform, actor: &Actor, head: &str) -> Result<Verification> {
    actor.authorise(Permission::ReadAudit)?;
    let told = Kept::parse(head)
        .ok_or_else(|| Error::invalid("head", "a head looks like 1842:9f86d081…, as neo audit verify prints it"))?;
    let kept: Vec<_> = kept::read(platform).await?.into_iter().chain([told]).collect();
    chain::verify(platform, &kept).await
}

/// Orders this transaction among all that write the audit: taken first where a rule must hold across rows.
pub(crate) async fn take_turn(tx: &mut Conn) -> Result<()> {
    crate::central::hold(tx, "audit").await
}

async fn append(
    vault: &Vault,
    tx: &mut Conn,
    actor: &Actor,
    action: &str,
    subject: &str,
    outcome: AuditOutcome,
    body: &Value,
) -> Result<i64> {
    let seq = crate::central::next(tx, "audit").await?;
    let (at, previous) = store::clock_and_mac_before(tx, seq).await?;
    let link = store::Link {
        seq,
        at,
        actor: actor.name.clone(),
        door: actor.door.as_str().to_owned(),
        address: actor.address.clone(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        outcome: outcome.as_str().to_owned(),
        request_id: actor.request_id.clone(),
        body: chain::canonical(&actor.with_leave(body)),
        kid: vault.kid().to_owned(),
    };
    let mac = chain::mac(vault.audit_key(), previous.as_deref(), &link);
    store::insert(tx, &link, &mac).await?;
    metrics::act(action, outcome, actor.door);
    Ok(seq)
}
