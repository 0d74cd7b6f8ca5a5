//! The fleet at a glance.

use serde::{Deserialize, Serialize};

use crate::Acknowledged;

/// Counts over the fleet for the bar on top, each living tenant once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Counts {
    pub total: i64,
    pub current: i64,
    pub behind: i64,
    /// Failed migrations of active tenants and failed provisionings.
    pub failed: i64,
    pub drifted: i64,
    pub unreachable: i64,
    pub suspended: i64,
    pub archived: i64,
    pub provisioning: i64,
    /// Of all these: left out of runs on the fleet at this moment.
    pub quarantined: i64,
}

/// Its counts, its newest version, and what needs somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Fleet {
    pub tenants: Counts,
    /// The newest version there is a file for.
    pub latest: Option<i64>,
    /// The most pressing first.
    pub attention: Vec<Need>,
}

names! {
    /// What somebody is needed for.
    pub enum Attention: "what", "something that needs somebody" {
        /// The folder of migrations cannot be used.
        Files = "files",
        /// Files are not what tenants have applied, who are refused by runs.
        Changed = "changed",
        /// Tenants failed.
        Failed = "failed",
        /// Tenants were not provisioned to the end.
        Unmade = "not_provisioned",
        /// A run halted, and tenants still wait in it.
        Halted = "halted",
        /// A run waits for a person at the end of a wave.
        Waiting = "waiting",
        /// Requests wait for somebody's yes.
        Asked = "asked",
        Drifted = "drifted",
        /// Left out of runs on the fleet.
        Quarantined = "quarantined",
        Unreachable = "unreachable",
        Behind = "behind",
    }
}

/// Something that needs somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Need {
    pub what: Attention,
    /// How many tenants it is about; of requests how many there are.
    pub tenants: i64,
    /// The run it happened in.
    pub run: Option<i64>,
    /// In the words of whoever said it: a database, a run, the folder.
    pub why: Option<String>,
    /// How many a rerun of that run tries again: those that did not answer in it as well.
    pub again: i64,
    /// Some of the tenants, where there is no run to look at (slugs).
    pub named: Vec<String>,
    /// Who looks into it already, or into one of its causes.
    pub acknowledged: Vec<Acknowledged>,
}

impl Need {
    pub fn of(what: Attention, tenants: i64) -> Self {
        Self { what, tenants, run: None, why: None, again: 0, named: Vec::new(), acknowledged: Vec::new() }
    }
}
