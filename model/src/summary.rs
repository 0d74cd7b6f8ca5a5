//! A run as programs read it, from the command line and over HTTP: keys are a contract (docs/cli.md).

use serde::{Deserialize, Serialize};

use crate::{Approval, Drift, Failure, InWindow, RunKind, RunStatus, TaskCounts, TaskStatus, Wait};

/// A run in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunRow {
    /// Its number.
    pub run: i64,
    pub kind: RunKind,
    pub status: RunStatus,
    pub tenants: TaskCounts,
    pub actor: String,
    pub reason: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub started_at: Option<String>,
    pub ms: Option<i64>,
    /// Only what failed is tried again: the status that it has again after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<RunStatus>,
}

/// A page of runs, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunRows {
    pub runs: Vec<RunRow>,
    /// What to ask for as `before`; null on the last page.
    pub next: Option<i64>,
}

/// A run that was queued: its number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunStarted {
    pub run: i64,
}

/// What came of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunSummary {
    /// Its number; null where there was nothing to run on.
    pub run: Option<i64>,
    pub kind: RunKind,
    pub status: RunStatus,
    pub tenants: TaskCounts,
    pub migrations_applied: i64,
    pub ms: Option<i64>,
    pub failures: Vec<FailedTenant>,
    /// How those differ whose schema is not the one that most have.
    pub drifted: Vec<Drift>,
    /// Those that there was nothing to compare with.
    pub uncompared: Vec<String>,
    /// Those that were left out because they are in quarantine.
    #[serde(default)]
    pub quarantined: Vec<String>,
}

/// One failed tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FailedTenant {
    pub tenant: String,
    pub attempt: i64,
    #[serde(flatten)]
    pub failure: Option<Failure>,
}

/// One run: what came of it, who asked for it, and its waves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunDetail {
    #[serde(flatten)]
    pub summary: RunSummary,
    /// The same as `status`.
    pub state: RunStatus,
    pub actor: String,
    /// Who let it begin, where it wants somebody's yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    pub reason: Option<String>,
    /// Why it was paused or halted, if it was not a person.
    pub halt_reason: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub started_at: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub finished_at: Option<String>,
    /// When retention last took away of its tasks and events: those of who failed are there, the others only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub pruned_at: Option<String>,
    /// Not to be begun before.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub planned_for: Option<String>,
    /// The newest version it leads to.
    pub to_version: Option<i64>,
    /// Its tenants were named one by one, and not chosen from the fleet.
    #[serde(default)]
    pub named: bool,
    /// The wave that is over and whose successor waits: for a person, or because too much failed.
    pub gate: Option<i64>,
    /// After which of its waves it waits.
    #[serde(default)]
    pub wait: Wait,
    /// Only what failed is tried again: the status that it has again after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<RunStatus>,
    /// Who of it waits for the end of a maintenance window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<InWindow>,
    /// Why it goes on in spite of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_windows: Option<String>,
    /// The number of its last event.
    pub last_seq: i64,
    pub waves: Vec<WaveRow>,
}

impl RunDetail {
    /// What begins when somebody lets it go on: how many in its next wave, how many in those behind it, and whether it waits
    /// between the two.
    pub fn next(&self) -> (i64, i64, bool) {
        let left = self.summary.tenants.queued;
        match self.waves.iter().find(|wave| wave.tenants.queued > 0) {
            Some(wave) => {
                let behind = left - wave.tenants.queued;
                (wave.tenants.queued, behind, behind > 0 && self.wait.after(wave.wave))
            }
            None => (left, 0, false),
        }
    }
}

/// One wave of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WaveRow {
    /// From 1.
    pub wave: i64,
    /// `canary`, `wave 2`, …, `rest`; `all` when there is only one.
    pub name: String,
    pub status: RunStatus,
    pub tenants: TaskCounts,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub started_at: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub finished_at: Option<String>,
}

/// One try on one tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttemptRow {
    pub tenant: String,
    pub attempt: i64,
    pub status: TaskStatus,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub started_at: Option<String>,
    pub ms: Option<i64>,
    pub applied: i64,
    pub actor: Option<String>,
    pub failure: Option<Failure>,
    /// The files that were gone through, as far as that is kept; told of one tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AttemptStepRow>,
}

/// One file in a try: applied, or reverted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttemptStepRow {
    pub migration: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub at: String,
    pub ms: Option<i64>,
}
