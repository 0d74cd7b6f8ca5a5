//! The task of a run that backs a tenant up.

use std::time::{Duration, Instant};

use super::ending::{Finished, Try, ended, skipped, stopped, unreached};
use super::patience::Patience;
use super::{Job, target};
use crate::actor::Actor;
use crate::backups::{self, Backup, BackupReason};
use crate::engine::{Connection, Failure, Target};
use crate::error::Result;
use crate::migrations::apply::Outcome;
use crate::runs::store::tasks::Claim;
use crate::runs::{Reason, TaskStatus};
use crate::servers::{self, Server};
use crate::tenants::{self, Status, Tenant};

/// Nobody migrates the tenant meanwhile. A suspended tenant is backed up like any other.
pub(super) async fn attempt(job: &Job, claim: &Claim, began: Instant) -> Result<Finished> {
    let tenant = tenants::find(&job.platform, &Actor::system(), &claim.tenant_id).await?;
    if !matches!(tenant.status, Status::Active | Status::Suspended | Status::Archived) {
        return Ok(skipped(claim.clone(), began, tenant.status.as_str()));
    }
    let server = servers::find(&job.platform, &Actor::system(), &tenant.server_id).await?;
    let target = target(job, &tenant, &server)?;
    let mut patience = Patience::since(began);
    let failure = loop {
        let made = tokio::select! {
            made = make(job, &tenant, &server, &target) => made,
            // The program goes with what waits for it.
            () = job.stop.cancelled() => {
                return Ok(stopped(ended(job, claim.clone(), began, Try::default(), None)));
            }
        };
        let Err(failure) = made else { break None };
        let outcome = Outcome { failure: Some(failure), ..unreached() };
        match patience.after(job, tenant.engine, &outcome) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => break outcome.failure,
        }
    };
    let failure = match failure {
        Some(failure) => Some(tenants::signed_out(&job.platform, &tenant, failure).await),
        None => None,
    };
    // A backup says nothing of how the tenant stands to its files.
    let tried = Try { failure, ..Try::default() };
    let mut finished = ended(job, claim.clone(), began, tried, None);
    if finished.ending.status == TaskStatus::Succeeded {
        finished.ending.reason = Some(Reason::Migrated);
    }
    Ok(finished)
}

async fn make(job: &Job, tenant: &Tenant, server: &Server, target: &Target) -> Result<Backup, Failure> {
    let mut conn = Connection::open(target).await?;
    let locked = async {
        // A lock that excludes nobody would let a migration into the backup.
        conn.proved(&job.proofs.on(&job.platform, server)).await?;
        conn.lock(Duration::from_millis(job.policy.lock_deadline_ms)).await
    };
    let made = match locked.await {
        Ok(()) => {
            let why = (BackupReason::Asked, Some(job.number));
            let made = backups::make(&job.platform, &job.asked, tenant, target, why).await;
            conn.unlock().await;
            made
        }
        Err(failure) => Err(failure),
    };
    conn.close().await;
    made
}
