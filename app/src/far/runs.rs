use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use neo::cli::central::{Hands, Heard, OnIt, Runs};
use neo::error::{Error, Kind, Result};
use neo_model::{
    Acknowledged, AttemptRow, Cause, Goal, Moment, Plan, Policy, Pruned, Rehearsal, RehearsalVerdict, Request,
    RequestDetail, RequestRow, RequestState, Rerun, RunDetail, RunKind, RunPreview, RunRow, RunStarted, RunStatus,
    TaskFilter, TaskPage, TenantFilter, Undoing, rfc3339,
};

use super::{Far, done, events, listed};
use crate::call::Exactly;
use crate::rooms::requests::api::{ApproveRequest, DeclineRequest, ListRequests, ShowRequest};
use crate::rooms::runs::api::{
    AcknowledgeRun, CancelRun, ListAttempts, ListCauses, ListRuns, ListTasks, PauseRun, PlanRun, PruneRuns, RerunRun,
    ResumeRun, ShowRehearsal, ShowRun, SkipTenants, StartRehearsal, StartRun,
};

/// How often is asked whether a rehearsal is over.
const LOOK: Duration = Duration::from_millis(500);

impl Far {
    async fn preview(&self, goal: Goal, selection: &TenantFilter, policy: Policy, sql: bool) -> Result<RunPreview> {
        let asked = PlanRun {
            goal: Exactly(goal),
            selection: Some(Exactly(selection.clone())),
            policy: Some(Exactly(policy)),
            sql: Some(sql),
        };
        self.client.call(asked).await
    }
}

/// A plan of the other kind than was asked for.
fn other_plan() -> Error {
    Error::internal("the console answered with a plan of another kind")
}

#[async_trait]
impl Runs for Far {
    async fn plan(&self, selection: &TenantFilter, to: Option<i64>, policy: &Policy, sql: bool) -> Result<Plan> {
        match self.preview(Goal::Migrate { to }, selection, policy.clone(), sql).await? {
            RunPreview::Forward(plan) => Ok(*plan),
            RunPreview::Back(_) => Err(other_plan()),
        }
    }

    async fn undoing(&self, goal: &Goal, selection: &TenantFilter) -> Result<Undoing> {
        match self.preview(goal.clone(), selection, Policy::default(), false).await? {
            RunPreview::Back(undoing) => Ok(undoing),
            RunPreview::Forward(_) => Err(other_plan()),
        }
    }

    async fn start(&self, request: Request) -> Result<RunStarted> {
        let asked = StartRun {
            goal: Exactly(request.goal),
            selection: Some(Exactly(request.selection)),
            policy: Some(Exactly(request.policy)),
            reason: request.reason,
            not_before: request.not_before.map(|at| match at {
                Moment::At(at) => rfc3339(at),
                Moment::In(ms) => format!("+{ms}ms"),
            }),
            confirm: request.confirm,
            expect: request.expect.map(Exactly),
        };
        let begun = self.client.call_once(asked).await.map_err(|error| match error.field {
            Some("not_before") => error.on("at"),
            _ => error,
        })?;
        done(begun)
    }

    async fn runs(
        &self,
        kinds: &[RunKind],
        statuses: &[RunStatus],
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RunRow>> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let statuses: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        let asked = ListRuns { kind: listed(&kinds), before, limit: Some(limit), status: listed(&statuses) };
        Ok(self.client.call(asked).await?.runs)
    }

    async fn run(&self, number: i64) -> Result<RunDetail> {
        self.client.call(ShowRun { run: number }).await
    }

    async fn tasks(&self, run: i64, filter: &TaskFilter) -> Result<TaskPage> {
        let asked = ListTasks {
            run,
            status: filter.status.map(|status| status.as_str().to_owned()),
            reason: filter.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            cause: filter.cause.clone(),
            q: filter.text.clone(),
            after: filter.after.clone(),
            limit: Some(filter.limit),
        };
        self.client.call(asked).await
    }

    async fn causes(&self, run: i64) -> Result<Vec<Cause>> {
        self.client.call(ListCauses { run }).await
    }

    async fn attempts(&self, run: i64, tenant: Option<&str>, cause: Option<&str>) -> Result<Vec<AttemptRow>> {
        let asked = ListAttempts { run, tenant: tenant.map(str::to_owned), cause: cause.map(str::to_owned) };
        self.client.call(asked).await
    }

    async fn rerun(&self, run: i64, what: &Rerun, note: Option<&str>) -> Result<RunRow> {
        let note = note.map(str::to_owned);
        let (failed, cause, tenants) = match what {
            Rerun::Failed => (Some(true), None, None),
            Rerun::Cause(cause) => (None, Some(cause.clone()), None),
            Rerun::Tenants(tenants) => (None, None, Some(tenants.clone())),
        };
        self.client.call(RerunRun { run, failed, cause, tenants, note }).await
    }

    async fn pause(&self, run: i64) -> Result<RunRow> {
        self.client.call(PauseRun { run }).await
    }

    async fn resume(&self, run: i64) -> Result<RunRow> {
        self.client.call(ResumeRun { run }).await
    }

    async fn cancel(&self, run: i64, now: bool) -> Result<RunRow> {
        self.client.call(CancelRun { run, now: Some(now) }).await
    }

    async fn skip(&self, run: i64, tenants: &[String], reason: &str) -> Result<RunRow> {
        self.client.call(SkipTenants { run, tenants: tenants.to_vec(), reason: reason.to_owned() }).await
    }

    async fn acknowledge(&self, run: i64, on_it: OnIt<'_>) -> Result<Vec<Acknowledged>> {
        let said = |text: Option<&str>| text.map(str::to_owned);
        let (cause, note, to) = (said(on_it.cause), said(on_it.note), said(on_it.to));
        self.client.call(AcknowledgeRun { run, cause, note, to, end: on_it.end.then_some(true) }).await
    }

    async fn requests(&self, states: &[RequestState], before: Option<i64>, limit: u32) -> Result<Vec<RequestRow>> {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let asked = ListRequests { state: listed(&states), before, limit: Some(limit) };
        Ok(self.client.call(asked).await?.requests)
    }

    async fn request(&self, number: i64) -> Result<RequestDetail> {
        self.client.call(ShowRequest { request: number }).await
    }

    async fn approve(&self, request: i64, why: Option<&str>) -> Result<RequestRow> {
        self.client.call(ApproveRequest { request, why: why.map(str::to_owned) }).await
    }

    async fn decline(&self, request: i64, why: Option<&str>) -> Result<RequestRow> {
        self.client.call(DeclineRequest { request, why: why.map(str::to_owned) }).await
    }

    async fn prunable(&self, older_than_ms: i64) -> Result<Pruned> {
        let older_than = format!("{older_than_ms}ms");
        self.client.call(PruneRuns { older_than, dry_run: Some(true) }).await
    }

    async fn prune(&self, older_than_ms: i64) -> Result<Pruned> {
        let asked = PruneRuns { older_than: format!("{older_than_ms}ms"), dry_run: None };
        let mut gone = self.client.call(asked.clone()).await?;
        // One call is at it for a while.
        while gone.at.is_none() {
            gone = gone.and(self.client.call(asked.clone()).await?);
        }
        Ok(gone)
    }

    async fn rehearse(&self, tenant: &str, to: Option<i64>) -> Result<Rehearsal> {
        let id = self.client.call(StartRehearsal { tenant: tenant.to_owned(), to }).await?.id;
        loop {
            match self.client.call(ShowRehearsal { id: id.clone() }).await?.verdict {
                None => tokio::time::sleep(LOOK).await,
                Some(RehearsalVerdict::Done(rehearsal)) => return Ok(*rehearsal),
                Some(RehearsalVerdict::Refused { message, cause, hint }) => {
                    let mut error = Error::new(Kind::Conflict, message);
                    (error.cause, error.hint) = (cause, hint);
                    return Err(error);
                }
            }
        }
    }

    fn stop(&self) {}

    async fn follow(&self, run: i64, after: i64) -> Result<BoxStream<'static, Result<Heard>>> {
        Ok(events::follow(self.client.clone(), run, after))
    }

    fn hands(&self, _: i64) -> Option<Hands> {
        None
    }
}
