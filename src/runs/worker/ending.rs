//! How a run ends, rests, or goes on with its next wave.

use serde_json::json;

use crate::Platform;
use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::{self, NewEvent};
use crate::runs::{EventKind, Kind, Run, Status, waves};
use crate::tenants;

/// What is left of a run when nothing more can be claimed.
#[derive(PartialEq, Eq)]
pub(in crate::runs) enum Drained {
    Not,
    NextWave,
    /// It has ended, or stopped; by this call or another's.
    Over,
}

/// Ends the run, enters the wanted status, or opens the next wave, if no task of it runs any more.
pub(in crate::runs) async fn end_if_drained(
    platform: &Platform,
    tx: &mut Conn,
    run: &Run,
    wanted: Option<Status>,
) -> Result<Drained> {
    let (counts, _) = store::tasks::counts(tx, &run.id).await?;
    if counts.running > 0 {
        return Ok(Drained::Not);
    }
    if let Some(wanted) = wanted {
        enter(tx, run, wanted, None).await?;
        return Ok(Drained::Over);
    }
    if store::tasks::to_reconcile(tx, &run.id).await? > 0 {
        return Ok(Drained::Not);
    }
    if counts.queued > 0 {
        // What was to be tried again has been; the others are for somebody who may let the run go on.
        if let Some(then) = store::held(tx, &run.id).await? {
            if store::tasks::anything_to_claim(tx, &run.id).await? {
                return Ok(Drained::Not);
            }
            enter(tx, run, then, None).await?;
            return Ok(Drained::Over);
        }
        return Ok(match waves::turn(platform, tx, run).await? {
            waves::Turn::Claim => Drained::Not,
            waves::Turn::Opened => Drained::NextWave,
            waves::Turn::Stopped => Drained::Over,
        });
    }
    // Who is a stranger is known for sure once all have been seen.
    if tenants::settle(tx, &run.id).await? {
        store::tasks::mark_drifted(tx, &run.id).await?;
    }
    if run.kind == Kind::Verify {
        store::tasks::mark_uncompared(tx, &run.id).await?;
    }
    let status = match () {
        () if counts.unsettled() > 0 => Status::Failed,
        // Statements that were cancelled with the process that was at them.
        () if counts.cancelled > 0 => Status::Cancelled,
        () => Status::Succeeded,
    };
    enter(tx, run, status, None).await?;
    Ok(Drained::Over)
}

/// Enters a status with its event, if the run is live; one that halted can be cancelled as well.
pub(in crate::runs) async fn enter(tx: &mut Conn, run: &Run, status: Status, why: Option<&str>) -> Result<bool> {
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
    Ok(true)
}

/// Some task of a run that is over has been settled: of one that had failed nothing may be left to fail, and its story ends
/// with where it stands.
pub(in crate::runs) async fn end_again(tx: &mut Conn, number: i64) -> Result<()> {
    settled(tx, number, &[Status::Failed]).await
}

/// The same when a person gave up on it: one that halted, with nobody left, had only its failures to say.
pub(in crate::runs) async fn end_given_up(tx: &mut Conn, number: i64) -> Result<()> {
    settled(tx, number, &[Status::Failed, Status::Halted]).await
}

/// `from`: the statuses that say no more once nothing failed and nothing is left.
async fn settled(tx: &mut Conn, number: i64, from: &[Status]) -> Result<()> {
    let Some(run) = store::by_number(tx, number).await? else { return Ok(()) };
    let open = run.tenants.unsettled() + run.tenants.queued;
    if open == 0 && store::set_status(tx, &run.id, from, Status::Succeeded).await? {
        store::forget_halt(tx, &run.id).await?;
    }
    let Some(run) = store::by_number(tx, number).await? else { return Ok(()) };
    store::keep_tally(tx, &run).await?;
    store::append(tx, &run.id, &[last_word(&run, None)]).await
}

/// What the story of a run that is over or rests ends with: where it stands, and why if it was not to be.
fn last_word(run: &Run, why: Option<&str>) -> NewEvent {
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
