use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use neo_model::{
    Acknowledged, AttemptRow, Cause, Goal, Plan, Policy, Pruned, Rehearsal, Request, RequestDetail, RequestRow,
    RequestState, Rerun, RunDetail, RunKind, RunRow, RunStarted, RunStatus, TaskFilter, TaskPage, TenantFilter,
    Undoing, Undone,
};

use super::Near;
use crate::cli::central::{Hands, Heard, OnIt, Runs};
use crate::error::Result;
use crate::{approvals, requests, retention, runs};

#[async_trait]
impl Runs for Near {
    async fn plan(&self, selection: &TenantFilter, to: Option<i64>, policy: &Policy, sql: bool) -> Result<Plan> {
        let mut plan = runs::plan(&self.platform, &self.actor, selection, to, policy).await?;
        if !sql {
            plan.migrations.iter_mut().flat_map(|m| &mut m.engines).for_each(|on| on.sql = None);
        }
        Ok(plan)
    }

    async fn undoing(&self, goal: &Goal, selection: &TenantFilter) -> Result<Undoing> {
        let preview = runs::rollback_preview(&self.platform, &self.actor, goal, selection).await?;
        let confirm = runs::to_confirm(&preview);
        let undone = preview.into_iter().filter(|(_, migrations)| !migrations.is_empty());
        let undone = undone.map(|(tenant, migrations)| Undone { tenant: tenant.slug, migrations }).collect();
        Ok(Undoing { undone, confirm })
    }

    async fn start(&self, request: Request) -> Result<RunStarted> {
        Ok(RunStarted { run: runs::start(&self.platform, &self.actor, request).await?.number })
    }

    async fn is_anyone_at_work(&self) -> Result<bool> {
        runs::anyone_serves(&self.platform).await
    }

    async fn runs(
        &self,
        kinds: &[RunKind],
        statuses: &[RunStatus],
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RunRow>> {
        let found = runs::list_in(&self.platform, &self.actor, kinds, statuses, before, limit).await?;
        Ok(found.into_iter().map(runs::row).collect())
    }

    async fn run(&self, number: i64) -> Result<RunDetail> {
        runs::detail(&self.platform, &self.actor, number).await
    }

    async fn tasks(&self, run: i64, filter: &TaskFilter) -> Result<TaskPage> {
        runs::tasks(&self.platform, &self.actor, run, filter).await
    }

    async fn causes(&self, run: i64) -> Result<Vec<Cause>> {
        runs::causes(&self.platform, &self.actor, run).await
    }

    async fn attempts(&self, run: i64, tenant: Option<&str>, cause: Option<&str>) -> Result<Vec<AttemptRow>> {
        runs::logs(&self.platform, &self.actor, run, tenant, cause).await
    }

    async fn rerun(&self, run: i64, what: &Rerun, note: Option<&str>) -> Result<RunRow> {
        runs::rerun(&self.platform, &self.actor, run, what, note).await.map(runs::row)
    }

    async fn pause(&self, run: i64) -> Result<RunRow> {
        runs::pause(&self.platform, &self.actor, run).await.map(runs::row)
    }

    async fn resume(&self, run: i64) -> Result<RunRow> {
        runs::resume(&self.platform, &self.actor, run).await.map(runs::row)
    }

    async fn cancel(&self, run: i64, now: bool) -> Result<RunRow> {
        runs::cancel(&self.platform, &self.actor, run, now).await.map(runs::row)
    }

    async fn skip(&self, run: i64, tenants: &[String], reason: &str) -> Result<RunRow> {
        runs::skip(&self.platform, &self.actor, run, tenants, reason).await.map(runs::row)
    }

    async fn acknowledge(&self, run: i64, on_it: OnIt<'_>) -> Result<Vec<Acknowledged>> {
        let (platform, actor) = (&self.platform, &self.actor);
        match on_it.end {
            true => runs::let_go(platform, actor, run, on_it.cause).await,
            false => runs::acknowledge(platform, actor, run, on_it.cause, on_it.note, on_it.to).await,
        }
    }

    async fn requests(&self, states: &[RequestState], before: Option<i64>, limit: u32) -> Result<Vec<RequestRow>> {
        requests::list(&self.platform, &self.actor, states, before, limit).await
    }

    async fn request(&self, number: i64) -> Result<RequestDetail> {
        requests::show(&self.platform, &self.actor, number).await
    }

    async fn approve(&self, request: i64, why: Option<&str>) -> Result<RequestRow> {
        approvals::approve(&self.platform, &self.actor, request, why, Duration::MAX).await
    }

    async fn decline(&self, request: i64, why: Option<&str>) -> Result<RequestRow> {
        approvals::decline(&self.platform, &self.actor, request, why).await
    }

    async fn prunable(&self, older_than_ms: i64) -> Result<Pruned> {
        retention::prunable(&self.platform, &self.actor, older_than_ms).await
    }

    async fn prune(&self, older_than_ms: i64) -> Result<Pruned> {
        retention::prune(&self.platform, &self.actor, older_than_ms, None).await
    }

    async fn rehearse(&self, tenant: &str, to: Option<i64>) -> Result<Rehearsal> {
        runs::rehearse(&self.platform, &self.actor, tenant, to).await
    }

    fn stop(&self) {
        self.platform.shutdown.cancel();
    }

    async fn follow(&self, run: i64, after: i64) -> Result<BoxStream<'static, Result<Heard>>> {
        let run = runs::find(&self.platform, &self.actor, run).await?;
        Ok(runs::watch(&self.platform, &run, after).map(|event| event.map(Heard::Event)).boxed())
    }

    fn hands(&self, run: i64) -> Option<Hands> {
        let platform = self.platform.clone();
        let work = tokio::spawn(async move { runs::work_on(&platform, run).await });
        Some(Hands::new(work, self.platform.shutdown.clone(), self.platform.interrupt.clone()))
    }
}
