//! Runs and rehearsals.

use async_trait::async_trait;
use futures::stream::BoxStream;
use neo_model::{
    Acknowledged, AttemptRow, Cause, Event, Goal, Plan, Policy, Pruned, Rehearsal, Request, RequestDetail, RequestRow,
    RequestState, Rerun, RunDetail, RunKind, RunRow, RunStarted, RunStatus, TaskFilter, TaskPage, TenantFilter,
    Undoing,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

#[async_trait]
pub trait Runs {
    /// What a run forward would do; nothing is touched. `sql`: with the text of each pending file.
    async fn plan(&self, selection: &TenantFilter, to: Option<i64>, policy: &Policy, sql: bool) -> Result<Plan>;

    /// What a rollback would undo, and what starting it has to say.
    async fn undoing(&self, goal: &Goal, selection: &TenantFilter) -> Result<Undoing>;

    /// Queues a run. From afar it is the console's workers that do it.
    async fn start(&self, request: Request) -> Result<RunStarted>;

    /// Whether somebody is there who does what is only queued. From afar that is the console, which has answered.
    async fn is_anyone_at_work(&self) -> Result<bool> {
        Ok(true)
    }

    /// Newest first, below the number `before`. No `kinds` means everything but provisioning.
    /// Of no `statuses` means of all.
    async fn runs(
        &self,
        kinds: &[RunKind],
        statuses: &[RunStatus],
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RunRow>>;

    async fn run(&self, number: i64) -> Result<RunDetail>;

    async fn tasks(&self, run: i64, filter: &TaskFilter) -> Result<TaskPage>;

    async fn causes(&self, run: i64) -> Result<Vec<Cause>>;

    async fn attempts(&self, run: i64, tenant: Option<&str>, cause: Option<&str>) -> Result<Vec<AttemptRow>>;

    async fn rerun(&self, run: i64, what: &Rerun, note: Option<&str>) -> Result<RunRow>;

    async fn pause(&self, run: i64) -> Result<RunRow>;

    async fn resume(&self, run: i64) -> Result<RunRow>;

    /// `now`: the statements in flight as well.
    async fn cancel(&self, run: i64, now: bool) -> Result<RunRow>;

    async fn skip(&self, run: i64, tenants: &[String], reason: &str) -> Result<RunRow>;

    /// Says who looks into what failed, or with `end` that nobody does any more.
    async fn acknowledge(&self, run: i64, on_it: OnIt<'_>) -> Result<Vec<Acknowledged>>;

    /// What waits, or has waited, for somebody's yes: the newest first, below the number `before`. No `states` means all.
    async fn requests(&self, states: &[RequestState], before: Option<i64>, limit: u32) -> Result<Vec<RequestRow>>;

    async fn request(&self, number: i64) -> Result<RequestDetail>;

    /// Says yes, and begins it.
    async fn approve(&self, request: i64, why: Option<&str>) -> Result<RequestRow>;

    async fn decline(&self, request: i64, why: Option<&str>) -> Result<RequestRow>;

    /// What [`prune`](Self::prune) would take away, at most.
    async fn prunable(&self, older_than_ms: i64) -> Result<Pruned>;

    /// Takes away what is kept of runs that ended so long ago.
    async fn prune(&self, older_than_ms: i64) -> Result<Pruned>;

    /// Until there is a verdict.
    async fn rehearse(&self, tenant: &str, to: Option<i64>) -> Result<Rehearsal>;

    /// Asks what this process is at to come to its end. From afar nothing is.
    fn stop(&self);

    /// The events after `after`, until the run is over.
    async fn follow(&self, run: i64, after: i64) -> Result<BoxStream<'static, Result<Heard>>>;

    /// Puts this process to work on a run; none where others do that.
    fn hands(&self, run: i64) -> Option<Hands>;
}

/// Who is to be on what: a cause or all that failed, with a note, handed to an admin or to nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnIt<'a> {
    pub cause: Option<&'a str>,
    pub note: Option<&'a str>,
    pub to: Option<&'a str>,
    pub end: bool,
}

/// What is heard of a run that is followed.
pub enum Heard {
    Event(Event),
    /// The console does not answer, for this reason; it is asked again until it does.
    Lost(Error),
    /// It answers again: what was missed comes now.
    Back,
}

/// This process at work on a run.
pub struct Hands {
    work: JoinHandle<Result<()>>,
    stop: CancellationToken,
    interrupt: CancellationToken,
}

impl Hands {
    pub fn new(work: JoinHandle<Result<()>>, stop: CancellationToken, interrupt: CancellationToken) -> Self {
        Self { work, stop, interrupt }
    }

    /// Waits until the work is at its end.
    pub async fn ended(&mut self) -> Result<()> {
        (&mut self.work).await.map_err(Error::internal)?
    }

    /// No further tenant is claimed; what is in a transaction finishes.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// The statements in flight are cancelled.
    pub fn interrupt(&self) {
        self.interrupt.cancel();
    }
}
