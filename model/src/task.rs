//! The part of a run on one tenant.

use serde::{Deserialize, Serialize};

use crate::{Failure, Reason};

names! {
    pub enum TaskStatus: "status", "a status of a tenant in a run" {
        Queued = "queued",
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        Skipped = "skipped",
        Cancelled = "cancelled",
        Unknown = "unknown",
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Task {
    pub id: String,
    pub tenant_id: String,
    pub tenant: String,
    /// The tenant's display name.
    pub tenant_name: String,
    pub server: String,
    pub status: TaskStatus,
    pub reason: Option<Reason>,
    pub from_version: Option<i64>,
    pub to_version: Option<i64>,
    pub applied: i64,
    pub attempt: i64,
    pub ms: Option<i64>,
    pub failure: Option<Failure>,
}

/// One try of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Attempt {
    pub tenant: String,
    pub attempt: i64,
    pub status: TaskStatus,
    pub started_at: Option<i64>,
    pub ms: Option<i64>,
    pub applied: i64,
    pub failure: Option<Failure>,
    pub actor: Option<String>,
    /// The files that were gone through, as far as that is kept; told of one tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AttemptStep>,
}

/// One file in a try: applied, or reverted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttemptStep {
    pub migration: String,
    /// When it was told, in epoch milliseconds.
    pub at: i64,
    pub ms: Option<i64>,
}

/// Which tasks of a run. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskFilter {
    pub status: Option<TaskStatus>,
    /// With `Succeeded`: `Migrated` or `Current`; of them `Drifted` and `Uncompared`.
    pub reason: Option<Reason>,
    /// The fingerprint of a failure.
    pub cause: Option<String>,
    /// Part of the slug.
    pub text: Option<String>,
    /// Cursor: the last task's position of the page before.
    pub after: Option<String>,
    pub limit: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskPage {
    pub tasks: Vec<Task>,
    pub total: i64,
    /// How many of them are on the pages before.
    #[serde(default)]
    pub before: i64,
    pub next: Option<String>,
}
