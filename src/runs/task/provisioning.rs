//! The task of a run that makes a tenant.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use serde_json::json;

use super::ending::{Finished, Try, add_failure, ended, from_error};
use super::patience::Patience;
use super::{Events, Job, Told};
use crate::actor::Actor;
use crate::engine::Failure;
use crate::error::Result;
use crate::runs::store::tasks::Claim;
use crate::runs::{EventKind, Reason, TaskStatus};
use crate::servers;
use crate::tenants::{self, provision};

pub(super) async fn attempt(job: &Job, claim: &Claim, events: &Events, began: Instant) -> Result<Finished> {
    if let Err(failure) = proved(job, claim).await? {
        return Ok(ended(job, claim.clone(), began, Try { failure: Some(failure), ..Try::default() }, None));
    }
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
    let result = loop {
        let result = provision::resume(&job.platform, &job.asked, &claim.tenant_id, &tell).await;
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
        Ok(_) => None,
        Err(error) => Some(failed.lock().ok().and_then(|mut f| f.take()).unwrap_or_else(|| from_error(&error))),
    };
    // Provisioning keeps the tenant's cache itself.
    let mut finished = ended(job, claim.clone(), began, Try { failure, ..Try::default() }, None);
    finished.ending.applied = applied.into_inner();
    if finished.ending.status == TaskStatus::Succeeded {
        finished.ending.reason = Some(Reason::Migrated);
    }
    Ok(finished)
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
