//! A run as programs read it: what is told of it, and what came of it.

use neo_model::{AttemptRow, AttemptStep, AttemptStepRow, FailedTenant, RunDetail, RunRow, RunSummary, WaveRow};

use super::{Attempt, Reason, Run, Task, TaskFilter, TaskStatus, WaveStatus, store};
use crate::Platform;
use crate::actor::Actor;
use crate::clock::rfc3339;
use crate::error::Result;

/// A run in a list.
pub fn row(run: Run) -> RunRow {
    RunRow {
        run: run.number,
        kind: run.kind,
        status: run.status,
        tenants: run.tenants,
        actor: run.actor,
        reason: run.reason,
        created_at: rfc3339(run.created_at),
        started_at: run.started_at.map(rfc3339),
        ms: run.ms,
        held: run.held,
    }
}

/// What came of a run so far.
pub(super) async fn summary(platform: &Platform, actor: &Actor, number: i64) -> Result<RunSummary> {
    let run = super::find(platform, actor, number).await?;
    of(platform, actor, &run).await
}

async fn of(platform: &Platform, actor: &Actor, run: &Run) -> Result<RunSummary> {
    let number = run.number;
    let failure = |task: Task| FailedTenant { tenant: task.tenant, attempt: task.attempt, failure: task.failure };
    let failed = if run.tenants.failed > 0 { failed(platform, actor, number).await? } else { Vec::new() };
    Ok(RunSummary {
        run: Some(number),
        kind: run.kind,
        status: run.status,
        tenants: run.tenants,
        migrations_applied: run.migrations_applied,
        ms: run.ms,
        failures: failed.into_iter().map(failure).collect(),
        drifted: match run.tenants.drifted {
            0 => Vec::new(),
            _ => super::drifted(platform, actor, number).await?,
        },
        uncompared: match run.tenants.uncompared {
            0 => Vec::new(),
            _ => super::uncompared(platform, actor, number).await?,
        },
        quarantined: match run.tenants.skipped {
            0 => Vec::new(),
            _ => super::found::by_reason(platform, actor, number, Reason::Quarantined).await?,
        },
    })
}

pub(super) async fn detail(platform: &Platform, actor: &Actor, number: i64) -> Result<RunDetail> {
    let run = super::find(platform, actor, number).await?;
    let waves = super::waves(platform, actor, number).await?;
    let windows = super::windows::of(platform, &run).await?;
    Ok(RunDetail {
        windows,
        despite_windows: run.despite_windows.clone(),
        summary: of(platform, actor, &run).await?,
        named: !run.selection.is_fleet_wide(),
        state: run.status,
        actor: run.actor,
        approval: run.approval,
        reason: run.reason,
        halt_reason: run.halt_reason,
        created_at: rfc3339(run.created_at),
        started_at: run.started_at.map(rfc3339),
        finished_at: run.finished_at.map(rfc3339),
        pruned_at: run.pruned_at.map(rfc3339),
        planned_for: run.not_before.map(rfc3339),
        to_version: run.to_version,
        gate: run.gate,
        wait: run.policy.wait,
        held: run.held,
        last_seq: run.last_seq,
        waves: waves.into_iter().map(wave).collect(),
    })
}

fn wave(wave: WaveStatus) -> WaveRow {
    WaveRow {
        wave: wave.wave,
        name: wave.name,
        status: wave.status,
        tenants: wave.tenants,
        started_at: wave.started_at.map(rfc3339),
        finished_at: wave.finished_at.map(rfc3339),
    }
}

pub(super) async fn failed(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    let mut filter = TaskFilter { status: Some(TaskStatus::Failed), limit: 500, ..TaskFilter::default() };
    loop {
        let page = super::tasks(platform, actor, number, &filter).await?;
        tasks.extend(page.tasks);
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(tasks),
        }
    }
}

pub(super) async fn logs(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    tenant: Option<&str>,
    cause: Option<&str>,
) -> Result<Vec<AttemptRow>> {
    let run = super::find(platform, actor, number).await?;
    let mut conn = platform.central.read().await?;
    // Nobody reads 10,000 lines of "succeeded" to find three failures.
    let attempts = store::tasks::attempts(&mut conn, &run.id, tenant, cause, tenant.is_none()).await?;
    Ok(attempts.into_iter().map(attempt).collect())
}

fn attempt(attempt: Attempt) -> AttemptRow {
    AttemptRow {
        tenant: attempt.tenant,
        attempt: attempt.attempt,
        status: attempt.status,
        started_at: attempt.started_at.map(rfc3339),
        ms: attempt.ms,
        applied: attempt.applied,
        actor: attempt.actor,
        failure: attempt.failure,
        steps: attempt.steps.into_iter().map(step).collect(),
    }
}

fn step(step: AttemptStep) -> AttemptStepRow {
    AttemptStepRow { migration: step.migration, at: rfc3339(step.at), ms: step.ms }
}
