//! Two deployments at once: the one that comes second waits until the first is done, and then has nothing left to do.

use std::time::Duration;

use neo_model::{Request, RunStarted, RunStatus};

use crate::cli::Session;
use crate::cli::central::Central;
use crate::error::{Kind, Result};

/// How often it is looked whether the others are done.
const LOOK: Duration = Duration::from_secs(1);
/// A run that is at work is among the newest.
const NEWEST: u32 = 50;

/// Starts the run, once no other is at its tenants. What is refused for another reason is refused.
pub(super) async fn after(session: &Session, central: &dyn Central, request: &Request) -> Result<RunStarted> {
    let (mut told, mut was_free) = (None, false);
    loop {
        let refused = match central.start(request.clone()).await {
            Err(error) if error.kind == Kind::Conflict => error,
            outcome => return outcome,
        };
        match at_work(central).await? {
            Some(run) => {
                if told.replace(run) != Some(run) {
                    session.printer.say(format!("Run {run} is at work: this one begins when it has ended"));
                }
                was_free = false;
                tokio::time::sleep(LOOK).await;
            }
            // It may have ended since it was in the way.
            None if !was_free => was_free = true,
            None => return Err(refused),
        }
    }
}

/// One that goes on by itself. Who is paused or planned waits for a person, or the clock.
async fn at_work(central: &dyn Central) -> Result<Option<i64>> {
    let newest = central.runs(&[], &[], None, NEWEST).await?;
    let goes_on = |status| matches!(status, RunStatus::Queued | RunStatus::Running);
    Ok(newest.iter().find(|run| goes_on(run.status)).map(|run| run.run))
}
