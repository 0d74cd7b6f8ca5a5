//! A tenant that is half way through a migration, and what is decided about it.

use serde::{Deserialize, Serialize};

use crate::TenantState;

names! {
    /// What a person decides.
    pub enum Decision: "how", "a decision" {
        /// All of it is there: the migration is marked as applied.
        Applied = "applied",
        /// None of it is there: its row is taken out of the ledger.
        NotApplied = "not_applied",
        /// The rest is run, from the statement that failed or from one that is named.
        Continue = "continue",
        /// PostgreSQL: the indexes go that a failed concurrent build has left behind.
        DropInvalid = "drop_invalid",
        /// What is known of the ledger is forgotten; nothing is done on the tenant.
        Forget = "forget",
    }
}

/// A migration that is neither there nor not, as a person should see it before deciding.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct HalfDone {
    pub version: i64,
    pub migration: String,
    /// `up` or `down`: which file was being run.
    pub direction: String,
    /// The statement at which it stopped, from 1, when that is known.
    pub stopped_at: Option<usize>,
    /// Of the file as it is now, in order.
    pub statements: Vec<String>,
    /// Statements (from 1) that went through and read differently in the file now: it cannot be continued.
    pub changed: Vec<usize>,
    /// Whether it may be continued without naming a statement.
    pub can_continue: bool,
}

/// An index that PostgreSQL keeps up to date and does not use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvalidIndex {
    pub name: String,
    pub table: String,
    /// The statement that takes it away.
    pub remedy: String,
}

/// What has to be decided about a tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Unresolved {
    pub half_done: Option<HalfDone>,
    /// PostgreSQL: indexes that a concurrent build left unusable.
    pub invalid_indexes: Vec<InvalidIndex>,
}

impl Unresolved {
    pub fn is_empty(&self) -> bool {
        self.half_done.is_none() && self.invalid_indexes.is_empty()
    }
}

/// What came of a decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Resolved {
    /// The migration is applied now, or it is not.
    Migration { migration: String, state: TenantState, tenant: String, version: Option<i64> },
    /// These indexes are gone.
    Indexes { dropped: Vec<String>, tenant: String },
    /// As much as is still known of the ledger.
    Ledger { state: TenantState, tenant: String, version: Option<i64> },
}

/// What came of a decision or, without one, what has to be decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Resolution {
    Resolved(Resolved),
    Unresolved(Unresolved),
}
