//! A tenant that is made: the run that does it, begun and begun again.

use serde_json::json;

use super::plan::files;
use super::process::Process;
use super::store::tasks::NewTask;
use super::store::{self, NewRun};
use super::{EventKind, Goal, Kind, Policy, Run, Status, busy, find, resume, workers};
use crate::Platform;
use crate::actor::{Actor, Door, Permission};
use crate::central::{self, Conn};
use crate::error::{Error, Result};
use crate::tenants::{self, Filter, NewTenant, Tenant};

/// Reserves a tenant and queues the run that provisions it, with `step.*` events. With migrations that cannot be read nothing is
/// reserved: it would be left half made.
pub async fn provision(platform: &Platform, actor: &Actor, new: NewTenant) -> Result<(Tenant, Run)> {
    actor.authorise(Permission::ProvisionTenants)?;
    files(platform).await?;
    let is_left = new.detached;
    let tenant = tenants::reserve(platform, actor, new).await?;
    let run = start_provisioning(platform, actor, &tenant, is_left).await?;
    Ok((tenant, run))
}

/// Queues another try of a provisioning that failed or was left half done, from the step that failed.
pub async fn provision_again(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Run> {
    actor.authorise(Permission::ProvisionTenants)?;
    workers::halt_abandoned(platform).await?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    if !tenant.status.is_being_made() {
        return Err(Error::conflict(format!("tenant \"{}\" is provisioned already", tenant.slug)));
    }
    tenants::provision::may_go_on(platform, actor, &tenant.id).await?;
    start_provisioning(platform, actor, &tenant, false).await
}

/// The run that is making this tenant (by its id), or would if somebody worked on it; one that rests goes on.
pub async fn provisioning_of(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Option<Run>> {
    actor.authorise(Permission::ProvisionTenants)?;
    workers::halt_abandoned(platform).await?;
    let Some(number) = store::tasks::provisioning_of(&mut *platform.central.read().await?, tenant).await? else {
        return Ok(None);
    };
    let run = find(platform, actor, number).await?;
    Ok(Some(if run.status == Status::Paused { resume(platform, actor, number).await? } else { run }))
}

/// The run that is making this tenant (by its id), or would if somebody worked on it.
pub(crate) async fn making(conn: &mut Conn, tenant_id: &str) -> Result<Option<i64>> {
    store::tasks::provisioning_of(conn, tenant_id).await
}

/// A provisioning's run: one task, on a tenant that has just been reserved or has failed before. `is_left`: a command that asks for it
/// does not work it itself.
pub(super) async fn start_provisioning(
    platform: &Platform,
    actor: &Actor,
    tenant: &Tenant,
    is_left: bool,
) -> Result<Run> {
    let id = crate::id::new();
    let mut tx = platform.central.write().await?;
    let number = central::next(&mut tx, "run").await?;
    busy::refuse(&mut tx, std::slice::from_ref(tenant)).await?;
    let selection = Filter { keys: vec![tenant.slug.clone()], ..Filter::default() };
    store::insert(
        &mut tx,
        &NewRun {
            id: &id,
            number,
            kind: Kind::Provision,
            goal: &Goal::Provision,
            selection: &selection,
            policy: &Policy::default(),
            to_version: None,
            asked: actor,
            reason: None,
            total: 1,
            not_before: None,
            approval: None,
            starter: (actor.door == Door::Cli && !is_left).then(Process::this),
        },
    )
    .await?;
    store::waves::insert(&mut tx, &id, &["all".to_owned()]).await?;
    let task = NewTask { tenant, skip: None, wave: 1, plan: None };
    store::tasks::insert(&mut tx, platform.central.engine, &id, &[task], None).await?;
    let planned = json!({"kind": Kind::Provision, "tenants": {"total": 1, "current": 0}, "actor": actor.name});
    store::append(&mut tx, &id, &[(EventKind::RunPlanned, planned)]).await?;
    let run = store::by_number(&mut tx, number).await?.ok_or_else(|| Error::not_found("run", &number.to_string()))?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}
