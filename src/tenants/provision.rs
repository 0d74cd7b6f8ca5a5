//! Provisioning: resumable steps, each beside its undo.

mod moving;
mod steps;
mod store;
mod template;
mod walk;
mod work;

pub use neo_model::{Step, StepRecord, StepState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::claim::Claim;
use super::{Status, subject};
use crate::actor::{Actor, Permission};
use crate::backups::Source;
use crate::engine::{Failure, Nature};
use crate::error::{Do, Error, Result};
use crate::servers::{self, Server};
use crate::tenants::{self, Tenant};
use crate::{Platform, audit};
use work::Work;

pub(crate) use store::made_here;
pub(super) use store::{is_made_here, logins_made_here, plan, plan_anew};

/// A tenant whose steps were undone, and which, in that order.
#[derive(Debug)]
pub struct Undone {
    pub tenant: Tenant,
    pub steps: Vec<Step>,
}

/// What is told while it goes on.
#[derive(Debug, Clone)]
pub enum Progress {
    StepStarted { step: Step },
    StepSucceeded { step: Step, ms: i64 },
    StepFailed { step: Step, ms: i64, failure: Box<Failure> },
    StepUndone { step: Step },
    Applied { migration: String, ms: i64 },
}
pub type Sink<'a> = &'a (dyn Fn(Progress) + Send + Sync);
/// What there is against going on at a moment.
pub type Fault<'a> = &'a (dyn Fn(Moment) -> Option<Failure> + Send + Sync);

/// The tenant's first user as it waits for its step: the hash, never the password.
#[derive(Serialize, Deserialize)]
pub(super) struct Admin {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub password_hash: String,
}

/// What a tenant's database is made of.
pub(super) enum Beginning {
    /// The fleet's migrations, and the first user where there is one.
    Files(Option<Admin>),
    Backup(Box<Source>),
    /// What the tenant has on another server.
    Move(Box<Move>),
}

/// What the steps of a move need to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::tenants) struct Move {
    /// How the tenant was, and is again at the end.
    pub status: Status,
    /// Of the database that is copied.
    pub nature: Nature,
    /// The login that it has had is Neo's, and can be kept from it.
    pub closes: bool,
}

impl Beginning {
    pub fn backup(&self) -> Option<&Source> {
        match self {
            Beginning::Files(_) | Beginning::Move(_) => None,
            Beginning::Backup(source) => Some(source),
        }
    }

    /// What the step needs to know when its time comes.
    fn body(&self, step: Step) -> Result<Option<String>> {
        let body = match (self, step) {
            (Beginning::Files(Some(admin)), Step::Admin) => serde_json::to_string(admin),
            (Beginning::Backup(source), Step::Restore) => serde_json::to_string(source),
            (Beginning::Move(how), Step::Copy) => serde_json::to_string(how),
            _ => return Ok(None),
        };
        body.map(Some).map_err(Error::internal)
    }

    fn has(&self, step: Step) -> bool {
        match step {
            Step::Reserve | Step::Role | Step::Database | Step::Rights | Step::Activate => true,
            Step::Close => matches!(self, Beginning::Move(how) if how.closes),
            Step::Copy | Step::Compare => matches!(self, Beginning::Move(_)),
            Step::Migrate => matches!(self, Beginning::Files(_)),
            Step::Admin => matches!(self, Beginning::Files(Some(_))),
            Step::Restore => self.backup().is_some(),
            Step::Retire => self.backup().is_some_and(|source| source.replaces.is_some()),
        }
    }
}

/// Goes on from the first step that has not succeeded; where all have, nothing is done. Safe to call twice; a kill at any point
/// loses nothing. Whoever comes while somebody is at it is told so.
pub async fn resume(platform: &Platform, actor: &Actor, key: &str, sink: Sink<'_>) -> Result<Tenant> {
    resume_unless(platform, actor, key, sink, &|_| None).await
}

/// Where a provisioning is broken off: before a step is done, or when it is done but not yet written down. By a server that does not
/// show what a run relies on, and by tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before(Step),
    After(Step),
}

/// [`resume`] unless `fault` has something against a moment: there it fails with that, and can go on later.
pub async fn resume_unless(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    sink: Sink<'_>,
    fault: Fault<'_>,
) -> Result<Tenant> {
    actor.authorise(Permission::ProvisionTenants)?;
    let (tenant, server) = found(platform, actor, key).await?;
    if tenant.status == Status::Active || is_done(platform, &tenant).await? {
        return Ok(tenant);
    }
    if !tenant.status.is_being_made() {
        return Err(Error::conflict(format!("tenant \"{}\" is {}", tenant.slug, tenant.status.as_str()))
            .cause("only a provisioning that is not complete can go on"));
    }
    let claim = Claim::take(platform, actor, &tenant).await?;
    let work = Work::new(platform, actor, &claim, &tenant, &server, sink, fault);
    let result = match audit::intent(platform, actor, "tenant.provision", &subject(&tenant), &json!({})).await {
        Err(e) => Err(e),
        Ok(intent) => {
            let result = work.forward().await;
            intent.outcome(platform, &result).await?;
            result
        }
    };
    claim.release().await?;
    result?;
    tenants::find(platform, actor, &tenant.id).await
}

/// Whoever goes on where what the tenant had is dropped at the end has to be one who may delete a tenant.
pub(crate) async fn may_go_on(platform: &Platform, actor: &Actor, key: &str) -> Result<()> {
    let steps = steps(platform, actor, key).await?;
    match steps.iter().any(|record| record.step == Step::Retire && record.state != StepState::Succeeded) {
        true => actor.authorise(Permission::DeleteTenants),
        false => Ok(()),
    }
}

/// Undoes every step that was begun, in reverse, dropping only what bears this tenant's marker; the row becomes `deleted`
/// and its slug is free again. An active tenant is not undone but deleted.
pub async fn undo(platform: &Platform, actor: &Actor, key: &str, sink: Sink<'_>) -> Result<Undone> {
    actor.authorise(Permission::ProvisionTenants)?;
    let (tenant, server) = found(platform, actor, key).await?;
    if tenant.status == Status::Deleted {
        return Ok(Undone { tenant, steps: Vec::new() });
    }
    if !tenant.status.is_being_made() {
        return Err(Error::conflict(format!("tenant \"{}\" is {}", tenant.slug, tenant.status.as_str()))
            .cause("only a provisioning that is not complete is undone")
            .hint(Do::DeleteTenant { tenant: tenant.slug.clone() }));
    }
    let claim = Claim::take(platform, actor, &tenant).await?;
    let work = Work::new(platform, actor, &claim, &tenant, &server, sink, &|_| None);
    let result = match audit::intent(platform, actor, "tenant.undo", &subject(&tenant), &json!({})).await {
        Err(e) => Err(e),
        Ok(intent) => {
            let result = work.backward().await;
            intent.outcome(platform, &result).await?;
            result
        }
    };
    claim.release().await?;
    let steps = result?;
    Ok(Undone { tenant: tenants::find(platform, actor, &tenant.id).await?, steps })
}

/// A move that has failed is taken back at once, since its tenant is in use; false where this is none. What cannot be taken back
/// stays as it is, for somebody to retry or to clean up.
pub(crate) async fn take_move_back(platform: &Platform, actor: &Actor, key: &str, sink: Sink<'_>) -> Result<bool> {
    let is_move = {
        let mut conn = platform.central.read().await?;
        let tenant = tenants::get(&mut conn, actor, key).await?;
        tenant.status.is_being_made() && store::moving(&mut conn, &tenant.id).await?.is_some()
    };
    if is_move {
        undo(platform, actor, key, sink).await?;
    }
    Ok(is_move)
}

/// What nobody has begun, and nobody will, of a tenant that was in use before: a move, or a backup that was to take the place of what it
/// has. It is as it was.
pub(crate) async fn take_back_unbegun(platform: &Platform, actor: &Actor, key: &str) -> Result<()> {
    let was_in_use = {
        let mut conn = platform.central.read().await?;
        let tenant = tenants::get(&mut conn, actor, key).await?;
        let steps = store::steps(&mut conn, &tenant.id).await?;
        let waits = |record: &StepRecord| record.step == Step::Reserve || record.state == StepState::Planned;
        let is_open = tenant.status.is_being_made();
        is_open && steps.iter().all(waits) && tenants::store::replaced::of(&mut conn, &tenant).await?.is_some()
    };
    if was_in_use {
        undo(platform, actor, key, &|_| {}).await?;
    }
    Ok(())
}

/// Whether each of its steps is done, whatever the tenant is by now: one that was suspended is so again. An adopted one has none.
async fn is_done(platform: &Platform, tenant: &Tenant) -> Result<bool> {
    if tenant.status.is_being_made() || tenant.status == Status::Deleted {
        return Ok(false);
    }
    let steps = store::steps(&mut *platform.central.read().await?, &tenant.id).await?;
    Ok(!steps.is_empty() && steps.iter().all(|record| record.state == StepState::Succeeded))
}

async fn found(platform: &Platform, actor: &Actor, key: &str) -> Result<(Tenant, Server)> {
    let mut conn = platform.central.read().await?;
    let tenant = tenants::get(&mut conn, actor, key).await?;
    let server = servers::get(&mut conn, &tenant.server_id).await?;
    Ok((tenant, server))
}

/// The steps in order: those done and those to come. An adopted tenant has none.
pub async fn steps(platform: &Platform, actor: &Actor, key: &str) -> Result<Vec<StepRecord>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let tenant = tenants::get(&mut conn, actor, key).await?;
    store::steps(&mut conn, &tenant.id).await
}
