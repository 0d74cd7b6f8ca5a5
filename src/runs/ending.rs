//! What is written when a run enters another status: its tasks that are left, its tally, and the last word of its story.

use serde_json::json;

use super::store::{self, NewEvent};
use super::{EventKind, Run, Status, told};
use crate::central::Conn;
use crate::error::Result;

/// Enters a status with its event, if the run is live; one that halted can be cancelled as well.
pub(super) async fn enter(tx: &mut Conn, run: &Run, status: Status, why: Option<&str>) -> Result<bool> {
    let cancelled = match status {
        Status::Cancelled => store::tasks::cancel_queued(tx, &run.id).await?,
        _ => Vec::new(),
    };
    let from: &[Status] = match status {
        Status::Cancelled => &[Status::Queued, Status::Running, Status::Paused, Status::Halted],
        _ => &[Status::Queued, Status::Running, Status::Paused],
    };
    if !store::set_status(tx, &run.id, from, status).await? {
        return Ok(false);
    }
    if status.is_over() {
        store::waves::finish(tx, &run.id).await?;
    }
    let Some(now) = store::by_number(tx, run.number).await? else { return Ok(false) };
    if status.is_over() {
        store::keep_tally(tx, &now).await?;
    }
    let mut events: Vec<NewEvent> =
        cancelled.iter().map(|tenant| (EventKind::TenantCancelled, json!({"tenant": tenant}))).collect();
    events.push(last_word(&now, why));
    store::append(tx, &run.id, &events).await?;
    told::tell(tx, &now, why).await?;
    Ok(true)
}

/// Some task of a run that is over has been settled: of one that had failed nothing may be left to fail, and its story ends
/// with where it stands.
pub(super) async fn end_again(tx: &mut Conn, number: i64) -> Result<()> {
    settled(tx, number, &[Status::Failed]).await
}

/// The same when a person gave up on it: one that halted, with nobody left, had only its failures to say.
pub(super) async fn end_given_up(tx: &mut Conn, number: i64) -> Result<()> {
    settled(tx, number, &[Status::Failed, Status::Halted]).await
}

/// `from`: the statuses that say no more once nothing failed and nothing is left.
async fn settled(tx: &mut Conn, number: i64, from: &[Status]) -> Result<()> {
    let Some(run) = store::by_number(tx, number).await? else { return Ok(()) };
    let open = run.tenants.unsettled() + run.tenants.queued;
    let is_mended = open == 0 && store::set_status(tx, &run.id, from, Status::Succeeded).await?;
    if is_mended {
        store::set_halt(tx, &run.id, None).await?;
    }
    let Some(run) = store::by_number(tx, number).await? else { return Ok(()) };
    store::keep_tally(tx, &run).await?;
    store::append(tx, &run.id, &[last_word(&run, None)]).await?;
    if is_mended {
        told::tell(tx, &run, None).await?;
    }
    Ok(())
}

/// What stands between the reason why a run stopped and what is left of it.
const BY_NOW: &str = "; by now ";

/// Of a run that has halted, some of what failed has been skipped or has gone through: its reason says what holds now, lest
/// somebody looks for a failure that is not there any more.
pub(super) async fn say_what_is_left(tx: &mut Conn, number: i64) -> Result<()> {
    let Some(run) = store::by_number(tx, number).await? else { return Ok(()) };
    let Some(why) = run.halt_reason.as_deref().and_then(|why| why.split(BY_NOW).next()) else { return Ok(()) };
    let left = match run.tenants.unsettled() {
        0 => "no failed tenant is left".to_owned(),
        1 => "1 failed tenant is left".to_owned(),
        n => format!("{n} failed tenants are left"),
    };
    store::set_halt(tx, &run.id, Some(format!("{why}{BY_NOW}{left}"))).await
}

/// What the story of a run that is over or rests ends with: where it stands, and why if it was not to be.
fn last_word(run: &Run, why: Option<&str>) -> NewEvent {
    tracing::info!(
        run = run.number,
        kind = run.kind.as_str(),
        status = run.status.as_str(),
        person = run.actor,
        tenants = run.tenants.total,
        failed = run.tenants.failed,
        ms = run.ms,
        "{}",
        if run.status.is_over() { "a run ended" } else { "a run waits" }
    );
    let mut body = json!({
        "status": run.status, "tenants": run.tenants, "migrations_applied": run.migrations_applied, "ms": run.ms,
    });
    if let Some(why) = why.or(run.halt_reason.as_deref()) {
        body["message"] = json!(why);
    }
    let kind = match run.status {
        Status::Paused => EventKind::RunPaused,
        Status::Halted => EventKind::RunHalted,
        _ => EventKind::RunFinished,
    };
    (kind, body)
}
