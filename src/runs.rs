//! A fleet operation: plan, manifest, tasks, attempts, events.
//!
//! A **run** is one operation on many tenants; a **task** is its part on one tenant; an **attempt** is one try of a task; an
//! **event** is one line of the run's story, numbered per run without gaps.

use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Engine, Failure};
use crate::error::Result;
use crate::migrations::Finding;
use crate::tenants::{Filter, NewTenant, Tenant};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    #[default]
    Continue,
    Stop,
}

/// A number of tenants, or a share of them: `5`, `2%`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amount {
    Count(u32),
    Percent(f64),
}

/// How a run behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Tenants worked on at once, over all servers.
    pub concurrency: u32,
    /// The same per server.
    pub per_server: u32,
    pub on_error: OnError,
    /// More failures than this halt the run by itself.
    pub max_failures: Option<Amount>,
    /// Tenants known to be current whose last look is younger than this are skipped without a connection. 0 connects to all.
    pub trust_ms: i64,
    pub connect_timeout_ms: u64,
    pub lock_timeout_ms: u64,
    pub lock_deadline_ms: u64,
}
impl Default for Policy {
    fn default() -> Self {
        Self {
            concurrency: 8,
            per_server: 8,
            on_error: OnError::Continue,
            max_failures: None,
            trust_ms: 24 * 3_600_000,
            connect_timeout_ms: 10_000,
            lock_timeout_ms: 5_000,
            lock_deadline_ms: 15_000,
        }
    }
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
}

pub struct Request {
    pub goal: Goal,
    /** Without `keys`, only active tenants are taken. */
    pub selection: Filter,
    pub policy: Policy,
    pub reason: Option<String>,
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
    pub halt_reason: Option<String>,
    pub tenants: TaskCounts,
    pub migrations_applied: i64,
    pub last_seq: i64,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    /// Since it started, up to its end or to now.
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
impl Event {
    /// After this one nothing more comes.
    pub fn is_last(&self) -> bool {
        self.kind == "run.finished" || self.kind == "run.halted"
    }
}

/// What a run would do, with nothing touched.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub tenants: i64,
    pub current: i64,
    pub behind: i64,
    pub migrations: Vec<PlannedMigration>,
    pub unreachable: Vec<Unreachable>,
}
#[derive(Debug, Clone, Serialize)]
pub struct PlannedMigration {
    pub version: i64,
    pub name: String,
    pub checksum: String,
    /** On every engine among the tenants. */
    pub atomic: bool,
    pub findings: Vec<Finding>,
    /** Tenants it is pending on. */
    pub pending_on: i64,
}
#[derive(Debug, Clone, Serialize)]
pub struct Unreachable {
    pub tenant: String,
    pub reason: String,
}

/// `migrate status`: where one tenant stands.
#[derive(Debug, Clone, Serialize)]
pub struct TenantStatus {
    pub tenant: String,
    pub id: String,
    pub version: Option<i64>,
    pub pending: i64,
    pub state: String,
    #[serde(skip)]
    pub engine: Option<Engine>,
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
    /** With `Succeeded`: `migrated` or `current`. */
    pub reason: Option<String>,
    pub cause: Option<String>,
    pub text: Option<String>,
    /** Cursor: the last task's position of the page before. */
    pub after: Option<String>,
    pub limit: u32,
}
pub struct TaskPage {
    pub tasks: Vec<Task>,
    pub total: i64,
    pub next: Option<String>,
}

/// Checks everything, freezes the manifest and queues the run; somebody's worker does the rest. Conflict when one of the
/// tenants is in a live run: it says which, whose and since when.
pub async fn start(_platform: &Platform, _actor: &Actor, _request: Request) -> Result<Run> {
    todo!()
}
/// Reads the ledgers of the selection (bounded concurrency) and says what [`start`] would do.
pub async fn plan(_platform: &Platform, _actor: &Actor, _selection: &Filter, _to: Option<i64>) -> Result<Plan> {
    todo!()
}
/// From the cache alone: quick at any size.
pub async fn status(_platform: &Platform, _actor: &Actor, _selection: &Filter) -> Result<Vec<TenantStatus>> {
    todo!()
}
/// Which tenants a rollback would touch and what it would undo on each: `(slug, labels newest first)`. Refuses by name when a down is missing.
pub async fn rollback_preview(
    _platform: &Platform,
    _actor: &Actor,
    _goal: &Goal,
    _selection: &Filter,
) -> Result<Vec<(Tenant, Vec<String>)>> {
    todo!()
}
/// Reserves a tenant and queues a run of kind `provision` with `step.*` events.
pub async fn provision(_platform: &Platform, _actor: &Actor, _new: NewTenant) -> Result<(Tenant, Run)> {
    todo!()
}
/// Queues another try of a failed provisioning, from the step that failed.
pub async fn provision_again(_platform: &Platform, _actor: &Actor, _tenant: &str) -> Result<Run> {
    todo!()
}
pub async fn find(_platform: &Platform, _actor: &Actor, _number: i64) -> Result<Run> {
    todo!()
}
/// Newest first. `kinds` empty: everything but provisioning.
pub async fn list(
    _platform: &Platform,
    _actor: &Actor,
    _kinds: &[Kind],
    _before: Option<i64>,
    _limit: u32,
) -> Result<Vec<Run>> {
    todo!()
}
/// The runs that touched one tenant, newest first, with how its task ended.
pub async fn of_tenant(_platform: &Platform, _actor: &Actor, _tenant: &str, _limit: u32) -> Result<Vec<(Run, Task)>> {
    todo!()
}
/// How the last ten tasks of each of these tenants (ids) ended, oldest first: for the dots.
pub async fn last_ten(
    _platform: &Platform,
    _actor: &Actor,
    _tenant_ids: &[String],
) -> Result<std::collections::HashMap<String, Vec<TaskStatus>>> {
    todo!()
}
/// Failed first, then running, queued, the rest; a page by key.
pub async fn tasks(_platform: &Platform, _actor: &Actor, _number: i64, _filter: &TaskFilter) -> Result<TaskPage> {
    todo!()
}
pub async fn causes(_platform: &Platform, _actor: &Actor, _number: i64) -> Result<Vec<Cause>> {
    todo!()
}
pub async fn attempts(
    _platform: &Platform,
    _actor: &Actor,
    _number: i64,
    _tenant: Option<&str>,
    _cause: Option<&str>,
) -> Result<Vec<Attempt>> {
    todo!()
}
/// Queues new attempts in the same run; the history is kept. Also takes back what a dead worker left behind.
pub async fn rerun(
    _platform: &Platform,
    _actor: &Actor,
    _number: i64,
    _what: &Rerun,
    _note: Option<&str>,
) -> Result<Run> {
    todo!()
}
pub async fn pause(_platform: &Platform, _actor: &Actor, _number: i64) -> Result<Run> {
    todo!()
}
pub async fn resume(_platform: &Platform, _actor: &Actor, _number: i64) -> Result<Run> {
    todo!()
}
/// Stops claiming; what is in a transaction finishes.
pub async fn cancel(_platform: &Platform, _actor: &Actor, _number: i64) -> Result<Run> {
    todo!()
}
/// Replays the events after `after`, then follows. Ends after the run's last event, or when the platform shuts down.
pub fn watch(_platform: &Platform, _run: &Run, _after: i64) -> BoxStream<'static, Result<Event>> {
    todo!()
}
/// Works this one run in this process until it is over (beside other workers that may be at it).
pub async fn work_on(_platform: &Platform, _number: i64) -> Result<()> {
    todo!()
}
/// The worker of `neo serve`: claims tasks of any run until the platform shuts down.
pub async fn work(_platform: &Platform) -> Result<()> {
    todo!()
}
