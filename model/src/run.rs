//! An operation on many tenants, as others see it.

use serde::{Deserialize, Serialize};

use crate::{Approval, Door, Failure, Goal, Policy, RunKind, TenantFilter};

names! {
    pub enum RunStatus: "status", "a status of a run" {
        Planned = "planned",
        Queued = "queued",
        Running = "running",
        Paused = "paused",
        Succeeded = "succeeded",
        Failed = "failed",
        Halted = "halted",
        Cancelled = "cancelled",
    }
}

impl RunStatus {
    pub fn is_over(self) -> bool {
        matches!(self, RunStatus::Succeeded | RunStatus::Failed | RunStatus::Halted | RunStatus::Cancelled)
    }
}

/// How the tenants of a run stand, each counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskCounts {
    pub total: i64,
    pub migrated: i64,
    pub current: i64,
    pub failed: i64,
    pub skipped: i64,
    pub cancelled: i64,
    pub unknown: i64,
    pub running: i64,
    pub queued: i64,
    /// Of those migrated and current: their schema is not the one that most tenants have.
    pub drifted: i64,
    /// Of those current in a verification: there was nothing to compare their schema with.
    #[serde(default)]
    pub uncompared: i64,
}

impl TaskCounts {
    /// Those that somebody has to look at: failed, or left behind by a dead worker.
    pub fn unsettled(&self) -> i64 {
        self.failed + self.unknown
    }

    /// Those that are not over: at work, or waiting for it.
    pub fn open(&self) -> i64 {
        self.running + self.queued
    }
}

impl std::ops::Add for TaskCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            migrated: self.migrated + other.migrated,
            current: self.current + other.current,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            cancelled: self.cancelled + other.cancelled,
            unknown: self.unknown + other.unknown,
            running: self.running + other.running,
            queued: self.queued + other.queued,
            drifted: self.drifted + other.drifted,
            uncompared: self.uncompared + other.uncompared,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Run {
    pub id: String,
    /// Easy to say aloud.
    pub number: i64,
    pub kind: RunKind,
    pub status: RunStatus,
    pub goal: Goal,
    pub selection: TenantFilter,
    pub policy: Policy,
    /// The newest version it leads to.
    pub to_version: Option<i64>,
    pub actor: String,
    pub door: Door,
    /// Who let it begin, where it wants somebody's yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    pub reason: Option<String>,
    /// Why it was paused or halted, if it was not a person.
    pub halt_reason: Option<String>,
    /// The status it is draining into.
    pub wanted: Option<RunStatus>,
    /// Only what failed is tried again: the status that it has again after that.
    pub held: Option<RunStatus>,
    /// The wave it is at, from 1.
    pub wave: i64,
    /// The wave that is over and whose successor waits: for a person, or because too much failed.
    pub gate: Option<i64>,
    /// Not to be begun before this moment (epoch milliseconds).
    pub not_before: Option<i64>,
    /// Why it goes on in spite of maintenance windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_windows: Option<String>,
    pub tenants: TaskCounts,
    pub migrations_applied: i64,
    pub last_seq: i64,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    /// When retention last took away of its tasks and events: those of who failed are there, the others only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned_at: Option<i64>,
    /// Since it started, up to its end or to now, without the times at which it rested: paused, or over before somebody went on.
    pub ms: Option<i64>,
}

/// One wave of a run, as it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WaveStatus {
    /// From 1.
    pub wave: i64,
    /// `canary`, `wave 2`, …, `rest`; `all` when there is only one.
    pub name: String,
    pub status: RunStatus,
    pub tenants: TaskCounts,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

impl WaveStatus {
    /// `the canary`, `wave 2`
    pub fn spoken(&self) -> String {
        if self.name.contains(' ') { self.name.clone() } else { format!("the {}", self.name) }
    }
}

/// When a migration was applied to a tenant, and how long that took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedIn {
    /// The number of the run.
    pub run: i64,
    /// In epoch milliseconds.
    pub at: i64,
    /// Of all that this run applied to it.
    pub ms: Option<i64>,
    /// How many those are.
    pub together: usize,
}

/// One wave of a run that is not there yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PlannedWave {
    pub name: String,
    /// How many it would try.
    pub tenants: i64,
    /// The first of them, as many as one reads.
    pub first: Vec<String>,
}

/// Failures with one fingerprint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Cause {
    pub fingerprint: String,
    pub count: i64,
    /// The first of them, for its words.
    pub failure: Failure,
    /// Up to five slugs.
    pub tenants: Vec<String>,
}
