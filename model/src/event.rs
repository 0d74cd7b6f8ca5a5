//! The story of a run.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

names! {
    /// What an event tells of. The word is what has become of the thing that its name begins with.
    pub enum EventKind: "type", "a kind of event" {
        RunPlanned = "run.planned" => "planned",
        RunStarted = "run.started" => "started",
        RunPaused = "run.paused" => "paused",
        RunResumed = "run.resumed" => "resumed",
        RunHalted = "run.halted" => "halted",
        RunFinished = "run.finished" => "finished",
        WaveStarted = "wave.started" => "started",
        WaveWaiting = "wave.waiting" => "waiting",
        WindowBegan = "window.began" => "began",
        WindowEnded = "window.ended" => "ended",
        WindowPassed = "window.passed" => "passed",
        TenantStarted = "tenant.started" => "started",
        TenantSucceeded = "tenant.succeeded" => "succeeded",
        TenantFailed = "tenant.failed" => "failed",
        TenantSkipped = "tenant.skipped" => "skipped",
        TenantUnknown = "tenant.unknown" => "unknown",
        TenantCancelled = "tenant.cancelled" => "cancelled",
        MigrationApplied = "migration.applied" => "applied",
        MigrationReverted = "migration.reverted" => "reverted",
        StepStarted = "step.started" => "started",
        StepSucceeded = "step.succeeded" => "succeeded",
        StepFailed = "step.failed" => "failed",
        StepUndone = "step.undone" => "undone",
    }
}

impl EventKind {
    /// It tells of the run as a whole, of a wave or a window, and not of one tenant.
    pub fn is_of_the_run(self) -> bool {
        match self {
            EventKind::RunPlanned
            | EventKind::RunStarted
            | EventKind::RunPaused
            | EventKind::RunResumed
            | EventKind::RunHalted
            | EventKind::RunFinished
            | EventKind::WaveStarted
            | EventKind::WaveWaiting
            | EventKind::WindowBegan
            | EventKind::WindowEnded
            | EventKind::WindowPassed => true,
            EventKind::TenantStarted
            | EventKind::TenantSucceeded
            | EventKind::TenantFailed
            | EventKind::TenantSkipped
            | EventKind::TenantUnknown
            | EventKind::TenantCancelled
            | EventKind::MigrationApplied
            | EventKind::MigrationReverted
            | EventKind::StepStarted
            | EventKind::StepSucceeded
            | EventKind::StepFailed
            | EventKind::StepUndone => false,
        }
    }
}

/// One line of a run's story. Serialises as the contract of docs/cli.md: `{"v":1,"seq":…,"ts":…,"type":…,"run":…,…}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Event {
    pub v: u8,
    pub seq: i64,
    /// RFC 3339, milliseconds, UTC.
    pub ts: String,
    #[serde(rename = "type")]
    pub kind: EventKind,
    pub run: i64,
    #[serde(flatten)]
    pub body: Map<String, Value>,
}
