//! Who holds a migration lock.

use serde::{Deserialize, Serialize};

/// A session, as far as the engine tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Holder {
    pub pid: Option<i64>,
    /// MySQL: with where it comes from, `user@host:port`.
    pub user: Option<String>,
    pub application: Option<String>,
    pub address: Option<String>,
    /// How long it has been connected; SQLite: how long it has held the lock.
    pub seconds: Option<i64>,
    /// `idle in transaction`, `active`, `Sleep for 12 s`; SQLite: whether the process is alive.
    pub state: Option<String>,
    /// The first words of what it runs, or ran last.
    pub query: Option<String>,
    /// PostgreSQL: when the session began, in microseconds, which tells it from a later one with the same number. MySQL gives
    /// no number twice.
    pub began: Option<String>,
}

impl Holder {
    /// Whether it came in with this login.
    pub fn is_of(&self, login: &str) -> bool {
        let Some(rest) = self.user.as_deref().and_then(|user| user.strip_prefix(login)) else { return false };
        rest.is_empty() || (rest.starts_with('@') && self.address.as_deref() == rest.strip_prefix('@'))
    }

    /// This very session, to be told from another that holds the same lock later.
    pub fn session(&self) -> String {
        let pid = self.pid.map(|pid| pid.to_string()).unwrap_or_default();
        format!("{pid}@{}", self.began.as_deref().unwrap_or_default())
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let full = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let parts = [
            self.pid.map(|pid| format!("pid {pid}")),
            full(&self.user).map(|user| format!("user \"{user}\"")),
            full(&self.application).map(|a| format!("application \"{a}\"")),
            full(&self.address).map(|a| format!("from {a}")),
            self.seconds.map(|s| format!("connected for {s} s")),
            full(&self.state),
            full(&self.query).map(|q| format!("`{q}`")),
        ];
        let who = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        f.write_str(&crate::clean(if who.is_empty() { "another connection" } else { &who }))
    }
}
