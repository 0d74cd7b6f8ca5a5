//! What the server functions about backups do.

use neo::backups::{self, Backup};
use neo::error::Result;
use neo::runs::{self, Goal, Policy, Request, Restore};
use neo::tenants::{self, Filter, Provisioning};
use neo_model::RunStarted;

use crate::door::Door;

pub async fn list(door: &Door, tenant: Option<&str>) -> Result<Vec<Backup>> {
    backups::list(&door.platform, &door.actor, tenant).await
}

pub async fn back_up(door: &Door, tenant: String) -> Result<RunStarted> {
    let Door { platform, actor, .. } = door;
    let tenant = tenants::find(platform, actor, &tenant).await?;
    let request = Request {
        goal: Goal::Backup,
        selection: Filter { keys: vec![tenant.id], ..Filter::default() },
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: true,
    };
    Ok(RunStarted { run: runs::start(platform, actor, request).await?.number })
}

pub async fn restore(door: &Door, asked: Restore) -> Result<Provisioning> {
    let (tenant, run) = runs::restore(&door.platform, &door.actor, asked).await?;
    Ok(Provisioning { id: tenant.id, run: run.number, tenant: tenant.slug })
}
