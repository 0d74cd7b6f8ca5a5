//! What is asked of a run.

use serde::{Deserialize, Serialize};

use crate::{Moment, Policy, TenantFilter};

names! {
    /// What a run does to its tenants.
    pub enum RunKind: "kind", "a kind of run" {
        Migrate = "migrate",
        Rollback = "rollback" => "roll back",
        Verify = "verify",
        Provision = "provision",
        Rotate = "rotate" => "renew passwords",
    }
}

impl RunKind {
    /// Whether it is about the fleet's files and the tenants' ledgers. What is not is an act of the tenants' own, which is done anew
    /// as a whole whenever it was broken off.
    pub fn is_of_files(self) -> bool {
        match self {
            RunKind::Migrate | RunKind::Rollback | RunKind::Verify => true,
            RunKind::Provision | RunKind::Rotate => false,
        }
    }
}

/// What each tenant of a run is to become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Goal {
    /// Every pending migration, up to and including `to` (default: the newest).
    Migrate {
        to: Option<i64>,
    },
    /// What the tenant's last migrate run applied.
    RollbackLast,
    RollbackSteps {
        steps: u32,
    },
    RollbackTo {
        to: i64,
    },
    /// What this run (by number) applied to each tenant.
    RollbackRun {
        run: i64,
    },
    Verify,
    /// A tenant's own provisioning: queued with it, never asked for.
    Provision,
    /// A new password for each tenant's role.
    RotatePassword {
        /// Only those whose password is older than so many milliseconds.
        older_than_ms: Option<i64>,
    },
}

impl Goal {
    pub fn kind(&self) -> RunKind {
        match self {
            Goal::Migrate { .. } => RunKind::Migrate,
            Goal::Verify => RunKind::Verify,
            Goal::Provision => RunKind::Provision,
            Goal::RotatePassword { .. } => RunKind::Rotate,
            Goal::RollbackLast | Goal::RollbackSteps { .. } | Goal::RollbackTo { .. } | Goal::RollbackRun { .. } => {
                RunKind::Rollback
            }
        }
    }
}

/// A run that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Request {
    pub goal: Goal,
    /// Without `keys`, only active tenants are taken.
    #[serde(default)]
    pub selection: TenantFilter,
    #[serde(default)]
    pub policy: Policy,
    pub reason: Option<String>,
    /// That a rollback is meant: the slug of the only tenant on which something is undone, else how many they are. Nothing else asks for it.
    pub confirm: Option<String>,
    /// The files that this is meant to run: refused where those at hand are others.
    pub expect: Option<Edition>,
    /// Not to be begun before; `None` means at once. Asks for `detached`.
    pub not_before: Option<Moment>,
    /// Only queued: left to a `neo serve` or `neo work`. Otherwise the process that asks is going to work on it.
    #[serde(default)]
    pub detached: bool,
}

/// Which migration files somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Edition {
    /// The newest; none where there is no migration.
    pub version: Option<i64>,
    /// SHA-256 over all of them, in hexadecimal digits.
    pub digest: String,
}

/// What to try again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Rerun {
    Failed,
    Cause(String),
    /// Slugs or ids.
    Tenants(Vec<String>),
}
