//! The task of a run that is no migration: one act of the tenants' own, which is done anew as a whole whenever it is tried again.

use std::time::Instant;

use serde_json::json;

use super::Job;
use super::ending::{Finished, Try, ended, skipped};
use super::patience::Patience;
use crate::error::Result;
use crate::runs::store::tasks::Claim;
use crate::runs::{Kind, Reason, TaskStatus};
use crate::servers::Server;
use crate::tenants::{self, Rotated};

pub(super) async fn attempt(job: &Job, claim: &Claim, began: Instant) -> Result<Finished> {
    let mut patience = Patience::since(began);
    let outcome = loop {
        let outcome = work(job, claim).await?;
        let Rotated::Failed(failure) = &outcome else { break outcome };
        match patience.once_more(job, failure) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => break outcome,
        }
    };
    let failure = match outcome {
        Rotated::Renewed => None,
        Rotated::Skipped(why) => return Ok(skipped(claim.clone(), began, &why)),
        Rotated::Failed(failure) => Some(*failure),
    };
    // The tenant's ledger is as it was, and nothing was learned of it.
    let mut finished = ended(job, claim.clone(), began, Try { failure, ..Try::default() }, None);
    if finished.ending.status == TaskStatus::Succeeded {
        finished.ending.reason = Some(Reason::Migrated);
        finished.events.iter_mut().for_each(|(_, body)| body["reason"] = json!(Reason::Migrated));
    }
    Ok(finished)
}

/// What a kind of run does to one tenant.
async fn work(job: &Job, claim: &Claim) -> Result<Rotated> {
    match job.kind {
        Kind::Rotate => {
            let proof_of = |server: &Server| job.proofs.anywhere_on(server);
            tenants::rotate(&job.platform, &job.asked, &claim.tenant_id, proof_of).await
        }
        Kind::Migrate | Kind::Rollback | Kind::Verify | Kind::Provision | Kind::Backup => {
            Err(crate::Error::internal("a run of this kind is not worked on here"))
        }
    }
}
