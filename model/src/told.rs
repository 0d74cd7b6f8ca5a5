//! A tenant as programs read it, from the command line and over HTTP: keys are a contract (docs/cli.md).

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Engine, Holder, PasswordHash, Quarantine, StepRecord, TenantState, TenantStatus};

/// A tenant in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Tenant"))]
pub struct TenantRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: TenantStatus,
    pub server: String,
    pub engine: Engine,
    pub database: String,
    /// The newest migration in its ledger, when it was last read.
    pub version: Option<i64>,
    /// How many of the files it lacks; null while the files cannot be read.
    pub pending: Option<i64>,
    pub state: TenantState,
    pub tags: Vec<String>,
    pub last_error: Option<String>,
    pub last_run: Option<i64>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub verified_at: Option<String>,
    /// While it lasts: why runs on the fleet leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: String,
}

/// A page of tenants.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantRows {
    pub tenants: Vec<TenantRow>,
    /// How many match, on all pages.
    pub total: i64,
    /// What to ask for as `after`; null on the last page.
    pub next: Option<String>,
}

/// One tenant: where its database is, how its schema stands to the others', and how far its provisioning got.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantDetail {
    #[serde(flatten)]
    pub row: TenantRow,
    pub host: String,
    pub port: u16,
    pub user: String,
    /// How the passwords of its users are hashed that are set here.
    #[serde(default)]
    pub password_hash: PasswordHash,
    pub schema: Comparison,
    /// How its schema differs from the one that most tenants with the same migrations have.
    pub drift: Option<Drift>,
    /// The run that provisions it: while it does, or where that was just started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<i64>,
    pub steps: Vec<StepRecord>,
    /// The database that it had before a move, which is kept until somebody drops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
    /// What it had before a backup that is not whole in its place yet: taken back with it, or dropped at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Who holds its migration lock, where that was asked for; null when it is free.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "asked")]
    pub lock: Option<Option<Lock>>,
    /// What was noticed when it was adopted, where that was just done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A database that a tenant had before a move.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Replaced {
    pub server: String,
    pub database: String,
    /// Since when it is kept.
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub since: i64,
}

/// Where a tenant's data was before a backup, or a move, took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Before {
    pub server: String,
    pub database: String,
}

impl std::fmt::Display for Before {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on server {}, kept until what takes its place is whole", self.database, self.server)
    }
}

/// A key that is there was asked for, also where it is null.
fn asked<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Lock>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// How one tenant differs from the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Drift {
    pub tenant: String,
    /// Twelve digits of each.
    pub fingerprint: String,
    pub norm: String,
    /// How many tenants have the norm.
    pub agreeing: i64,
    /// `+ index …` is only here, `- column …` is missing here.
    pub differs: Vec<String>,
}

names! {
    /// What came of holding a tenant's schema against the others'.
    pub enum Verdict: "verdict", "a verdict on a schema" {
        /// As most with the same migrations have it.
        Alike = "alike",
        Drifted = "drifted",
        NothingToCompareWith = "nothing_to_compare_with" => "nothing to compare with",
        NotLookedAt = "not_looked_at" => "not looked at",
    }
}

/// The verdict on a tenant's schema, and how many have the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Comparison {
    pub verdict: Verdict,
    pub agreeing: i64,
}

/// A lock that is held.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Lock {
    pub tenant: String,
    pub holder: Holder,
    /// This very session: what breaking the lock wants to be told, so that it never ends another.
    pub session: String,
    /// The live run whose worker it is.
    pub run: Option<i64>,
    /// Why Neo does not break it; otherwise it may.
    pub kept: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_free_is_told_from_one_that_nobody_asked_for() {
        let text = serde_json::json!({
            "id": "x", "slug": "acme", "name": "Acme", "status": "active", "server": "local", "engine": "sqlite",
            "database": "t_acme", "version": null, "pending": null, "state": "unknown", "tags": [], "last_error": null,
            "last_run": null, "verified_at": null, "created_at": "2026-01-26T14:02:13.916Z", "host": "", "port": 0,
            "user": "", "password_hash": "argon2id", "schema": { "verdict": "alike", "agreeing": 1 }, "drift": null, "steps": [],
        });
        let read = |text: &serde_json::Value| serde_json::from_value::<TenantDetail>(text.clone()).expect("a tenant");
        assert!(read(&text).lock.is_none());
        let mut free = text.clone();
        free["lock"] = serde_json::Value::Null;
        assert!(matches!(read(&free).lock, Some(None)));
        assert_eq!(serde_json::to_value(read(&free)).expect("JSON"), free, "read and told again");
    }
}
