//! The task of a run that makes a tenant.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use serde_json::json;

use super::ending::{Finished, Try, add_failure, ended, from_error};
use super::patience::Patience;
use super::{Events, Job, Told};
use crate::actor::Actor;
use crate::engine::{Category, Failure};
use crate::error::{Advice, Result};
use crate::runs::store::tasks::Claim;
use crate::runs::{EventKind, Reason, TaskStatus};
use crate::servers;
use crate::tenants;
use crate::tenants::provision::{self, Moment};

pub(super) async fn attempt(job: &Job, claim: &Claim, events: &Events, began: Instant) -> Result<Finished> {
    let proved = proved(job, claim).await?;
    let failed = std::sync::Mutex::new(None);
    let applied = AtomicI64::new(0);
    let tell = |progress: provision::Progress| {
        let mut body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt});
        let kind = match progress {
            provision::Progress::StepStarted { step } => {
                body["step"] = json!(step);
                EventKind::StepStarted
            }
            provision::Progress::StepSucceeded { step, ms } => {
                body["step"] = json!(step);
                body["ms"] = json!(ms);
                EventKind::StepSucceeded
            }
            provision::Progress::StepFailed { step, ms, failure } => {
                body["step"] = json!(step);
                body["ms"] = json!(ms);
                add_failure(&mut body, &failure);
                if let Ok(mut failed) = failed.lock() {
                    *failed = Some(*failure);
                }
                EventKind::StepFailed
            }
            provision::Progress::StepUndone { step } => {
                body["step"] = json!(step);
                EventKind::StepUndone
            }
            provision::Progress::Applied { migration, ms } => {
                applied.fetch_add(1, Ordering::Relaxed);
                body["migration"] = json!(migration);
                body["ms"] = json!(ms);
                EventKind::MigrationApplied
            }
        };
        let _ = events.send(Told::of(claim, kind, body));
    };
    let patience = Patience::since(began);
    // A server that does not show what a run relies on is told at the step that would have been next.
    let fault = |moment| match (&proved, moment) {
        (Err(failure), Moment::Before(_)) => Some(failure.clone()),
        _ => None,
    };
    let result = loop {
        let result = provision::resume_unless(&job.platform, &job.asked, &claim.tenant_id, &tell, &fault).await;
        let found = failed.lock().ok().and_then(|failed| failed.clone());
        let Some(pause) = found.filter(|_| result.is_err()).and_then(|failure| patience.for_room(job, &failure)) else {
            break result;
        };
        // The step that found no connection is done again.
        if let Ok(mut failed) = failed.lock() {
            *failed = None;
        }
        tokio::time::sleep(pause).await;
    };
    let failure = match result {
        // Whoever was at it before was killed, and somebody has taken it back: nothing is where this run was to make it.
        Ok(tenant) if tenant.server_id != claim.server_id => {
            Some(Failure::new(Category::Other, "it was taken back before this run came to its end"))
        }
        // Also where whoever was at it before was killed when all was done.
        Ok(_) => None,
        Err(error) => Some(failed.lock().ok().and_then(|mut f| f.take()).unwrap_or_else(|| from_error(&error))),
    };
    let failure = match failure {
        Some(failure) => Some(taken_back(job, claim, failure, &tell).await),
        None => None,
    };
    // Provisioning keeps the tenant's cache itself.
    let mut finished = ended(job, claim.clone(), began, Try { failure, ..Try::default() }, None);
    finished.ending.applied = applied.into_inner();
    if finished.ending.status == TaskStatus::Succeeded {
        finished.ending.reason = Some(Reason::Migrated);
    }
    Ok(finished)
}

/// A tenant that was being moved is in use again, where it was.
async fn taken_back(job: &Job, claim: &Claim, failure: Failure, tell: provision::Sink<'_>) -> Failure {
    match provision::take_move_back(&job.platform, &job.asked, &claim.tenant_id, tell).await {
        Ok(false) => failure,
        Ok(true) => {
            let first = match failure.hint.clone() {
                Some(hint) => hint.and("; "),
                None => Advice::from(""),
            };
            failure.hint(first.and("the tenant has what it had before the move: once that is mended, move it again"))
        }
        Err(error) => {
            tracing::warn!(
                tenant = claim.tenant_slug,
                error = error.log_text(),
                "a move that failed was not taken back"
            );
            match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
    }
}

/// Nothing is made on a server that does not show what a run relies on.
async fn proved(job: &Job, claim: &Claim) -> Result<std::result::Result<(), Failure>> {
    let system = Actor::system();
    let tenant = tenants::find(&job.platform, &system, &claim.tenant_id).await?;
    let server = servers::find(&job.platform, &system, &tenant.server_id).await?;
    if server.engine.is_file() {
        return Ok(Ok(()));
    }
    Ok(job.proofs.on(&job.platform, &server).of(&servers::admin_target(&job.platform, &server)?).await.map(drop))
}
