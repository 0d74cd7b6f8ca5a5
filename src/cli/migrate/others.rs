//! Two deployments at once: the one that comes second waits until the first is done, and then has nothing left to do.

use std::time::Duration;

use neo_model::{Request, RunStarted, RunStatus};

use crate::cli::Session;
use crate::cli::central::Central;
use crate::error::{Do, Error, Kind, Result};

/// How often it is looked whether the others are done.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the run, once no other is at its tenants. What is refused for another reason is refused.
pub(super) async fn after(session: &Session, central: &dyn Central, request: &Request) -> Result<RunStarted> {
    let mut told = None;
    loop {
        let refused = match central.start(request.clone()).await {
            Err(error) if error.kind == Kind::Conflict => error,
            outcome => return outcome,
        };
        let Some(run) = in_the_way(&refused) else { return Err(refused) };
        // However many there are: it goes on as long as each ends.
        loop {
            let status = match central.run(run).await {
                Ok(detail) => detail.state,
                // It is on tenants that there are not for whoever asks: only another try tells.
                Err(error) if error.kind == Kind::NotFound => {
                    tokio::time::sleep(LOOK).await;
                    break;
                }
                Err(error) => return Err(error),
            };
            match status {
                RunStatus::Queued | RunStatus::Running => {}
                // It waits for a person, or the clock.
                RunStatus::Planned | RunStatus::Paused => return Err(refused),
                RunStatus::Succeeded | RunStatus::Failed | RunStatus::Halted | RunStatus::Cancelled => break,
            }
            if told.replace(run) != Some(run) {
                session.printer.say(format!("Run {run} is at work: this one begins when it has ended"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The run that a refusal is about: whoever is refused is told how to watch it.
fn in_the_way(refused: &Error) -> Option<i64> {
    refused.hint.as_ref()?.acts().find_map(|act| match act {
        Do::WatchRun { run } => Some(*run),
        _ => None,
    })
}
