//! How a run ends, rests, or goes on with its next wave.

use crate::Platform;
use crate::central::Conn;
use crate::error::Result;
use crate::runs::ending::{enter, say_what_is_left};
use crate::runs::{Kind, Run, Status, store, waves};
use crate::tenants;
use crate::windows::InForce;

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
            // Whom a window keeps is waited for.
            if store::tasks::anything_to_claim(tx, &run.id, &InForce::default()).await? {
                return Ok(Drained::Not);
            }
            if then == Status::Halted && counts.unsettled() == 0 {
                say_what_is_left(tx, run.number).await?;
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
    if tenants::recount(tx, &run.id).await? {
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
