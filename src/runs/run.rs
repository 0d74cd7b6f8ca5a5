//! What a run is made of, as others see it.

use serde::{Deserialize, Serialize};

use super::{Moment, Policy};
use crate::engine::Failure;
use crate::tenants::Filter;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Migrate,
    Rollback,
    Verify,
    Provision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Planned,
    Queued,
    Running,
    Paused,
    Succeeded,
    Failed,
    Halted,
    Cancelled,
}

impl Status {
    pub fn is_over(self) -> bool {
        matches!(self, Status::Succeeded | Status::Failed | Status::Halted | Status::Cancelled)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    Queued,
    Running,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
    Unknown,
}

/// What each tenant of a run is to become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// A tenant's own provisioning: queued by [`provision`], never asked for.
    Provision,
}

impl Goal {
    pub fn kind(&self) -> Kind {
        match self {
            Goal::Migrate { .. } => Kind::Migrate,
            Goal::Verify => Kind::Verify,
            Goal::Provision => Kind::Provision,
            _ => Kind::Rollback,
        }
    }
}

pub struct Request {
    pub goal: Goal,
    /** Without `keys`, only active tenants are taken. */
    pub selection: Filter,
    pub policy: Policy,
    pub reason: Option<String>,
    /// Not to be begun before; `None` means at once. Asks for `detached`.
    pub not_before: Option<Moment>,
    /// Only queued: left to a `neo serve` or `neo work`. Otherwise this process is going to [`work_on`] it.
    pub detached: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Debug, Clone, Serialize)]
pub struct Run {
    pub id: String,
    /** Easy to say aloud. */
    pub number: i64,
    pub kind: Kind,
    pub status: Status,
    pub goal: Goal,
    pub selection: Filter,
    pub policy: Policy,
    /// The newest version it leads to.
    pub to_version: Option<i64>,
    pub actor: String,
    pub door: String,
    pub reason: Option<String>,
    /// Why it was paused or halted, if it was not a person.
    pub halt_reason: Option<String>,
    /// The status it is draining into.
    pub wanted: Option<Status>,
    /// Only what failed is tried again: the status that it has again after that.
    pub held: Option<Status>,
    /// The wave it is at, from 1.
    pub wave: i64,
    /// The wave that is over and whose successor waits: for a person, or because too much failed.
    pub gate: Option<i64>,
    /// Not to be begun before this moment (epoch milliseconds).
    pub not_before: Option<i64>,
    pub tenants: TaskCounts,
    pub migrations_applied: i64,
    pub last_seq: i64,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    /// Since it started, up to its end or to now, without the times at which it rested: paused, or over before somebody went on.
    pub ms: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Task {
    pub id: String,
    pub tenant_id: String,
    pub tenant: String,
    /** The tenant's display name. */
    pub tenant_name: String,
    pub server: String,
    pub status: TaskStatus,
    pub reason: Option<String>,
    pub from_version: Option<i64>,
    pub to_version: Option<i64>,
    pub applied: i64,
    pub attempt: i64,
    pub ms: Option<i64>,
    pub failure: Option<Failure>,
}

/// Failures with one fingerprint.
#[derive(Debug, Clone, Serialize)]
pub struct Cause {
    pub fingerprint: String,
    pub count: i64,
    /** The first of them, for its words. */
    pub failure: Failure,
    /** Up to five slugs. */
    pub tenants: Vec<String>,
}

/// One try of a task.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub tenant: String,
    pub attempt: i64,
    pub status: String,
    pub started_at: Option<i64>,
    pub ms: Option<i64>,
    pub applied: i64,
    pub failure: Option<Failure>,
    pub actor: Option<String>,
}

/// One line of a run's story. Serialises as the contract of docs/cli.md: `{"v":1,"seq":…,"ts":…,"type":…,"run":…,…}`.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub v: u8,
    pub seq: i64,
    /** RFC 3339, milliseconds, UTC. */
    pub ts: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub run: i64,
    #[serde(flatten)]
    pub body: serde_json::Map<String, serde_json::Value>,
}

/// What to try again.
#[derive(Debug, Clone)]
pub enum Rerun {
    Failed,
    Cause(String),
    Tenant(String),
}

#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    pub status: Option<TaskStatus>,
    /** With `Succeeded`: `migrated` or `current`; of them `drifted` and `uncompared`. */
    pub reason: Option<String>,
    pub cause: Option<String>,
    pub text: Option<String>,
    /** Cursor: the last task's position of the page before. */
    pub after: Option<String>,
    pub limit: u32,
}

#[derive(Debug)]
pub struct TaskPage {
    pub tasks: Vec<Task>,
    pub total: i64,
    pub next: Option<String>,
}
