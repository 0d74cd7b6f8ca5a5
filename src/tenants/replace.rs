//! A backup in the place of what a tenant has: its row turns to a new database and login, which are provisioned like any other's,
//! and what it had is kept aside until that is whole. Then a last backup is made of it, and it is dropped; undone, it comes back.

use serde_json::json;

use super::claim::Claim;
use super::provision::{self, Beginning};
use super::{Before, Status, Tenant, credentials, names, store, subject};
use crate::actor::{Actor, Permission};
use crate::backups::{Replaces, Source};
use crate::central::{self, Conn};
use crate::error::{Advice, Do, Error, Result};
use crate::servers::{self, Server};
use crate::{Platform, audit};

/// What a tenant had before a backup that is not in its place yet.
pub async fn before(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Before>> {
    actor.authorise(Permission::View)?;
    let waiting = store::replaced::of(&mut *platform.central.read().await?, tenant).await?;
    Ok(waiting.map(|waiting| Before { server: waiting.tenant.server, database: waiting.tenant.database }))
}

/// Every tenant that something waits for: as it was before.
pub(crate) async fn waiting(conn: &mut Conn) -> Result<Vec<Tenant>> {
    Ok(store::replaced::on(conn, None).await?.into_iter().map(|waiting| waiting.tenant).collect())
}

/// Whether it was still sealed as it was.
pub(crate) async fn reseal_waiting(conn: &mut Conn, tenant_id: &str, before: &str, after: &str) -> Result<bool> {
    Ok(store::replaced::reseal(conn, tenant_id, before, after).await? == 1)
}

/// Turns the tenant's row; its steps are planned anew, and a provisioning's run does them. `confirm` must be the slug.
pub(crate) async fn replace(
    platform: &Platform,
    actor: &Actor,
    tenant: &Tenant,
    server: &Server,
    source: Source,
    (confirm, backs_up): (Option<&str>, bool),
) -> Result<Tenant> {
    actor.authorise(Permission::DeleteTenants)?;
    if confirm != Some(tenant.slug.as_str()) {
        let words = format!("to put the backup in the place of what it holds now, type its slug: {}", tenant.slug);
        return Err(Error::invalid("confirm", words).nearest(vec![tenant.slug.clone()]));
    }
    if !matches!(tenant.status, Status::Active | Status::Suspended | Status::Archived) {
        return Err(Error::conflict(format!("tenant \"{}\" is {}", tenant.slug, tenant.status.as_str())).hint(
            Advice::from("go on with its provisioning, or clean it up: ")
                .act(Do::RetryTenant { tenant: Some(tenant.slug.clone()) })
                .and("; ")
                .act(Do::CleanUpTenant { tenant: tenant.slug.clone() }),
        ));
    }
    if tenant.credential_next.is_some() {
        return Err(Error::conflict(format!("the password of tenant \"{}\" is being rotated", tenant.slug))
            .hint("let the rotation come to its end first"));
    }
    let claim = Claim::take(platform, actor, tenant).await?;
    let turned = turn(platform, actor, &claim, tenant, server, source, backs_up).await;
    claim.release().await?;
    turned
}

async fn turn(
    platform: &Platform,
    actor: &Actor,
    claim: &Claim,
    tenant: &Tenant,
    server: &Server,
    source: Source,
    backs_up: bool,
) -> Result<Tenant> {
    let database = names::generate(&tenant.slug);
    let is_file = server.engine.is_file();
    let mut next = Tenant {
        server_id: server.id.clone(),
        username: if is_file { String::new() } else { database.clone() },
        database,
        credential: None,
        credential_next: None,
        generation: tenant.generation + 1,
        tls_unbound: false,
        ..tenant.clone()
    };
    if !is_file {
        next.credential = Some(platform.vault.seal(&names::password(), &credentials::binding(&next, server)));
    }
    let source = Source { replaces: Some(Replaces { status: tenant.status, backs_up }), ..source };
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    // What it has is kept as it is sealed: where it lives stays where it is as well. In one order, whoever else holds both.
    let home = servers::get(&mut tx, &tenant.server_id).await?;
    let mut places = [server, &home];
    places.sort_by(|one, other| one.id.cmp(&other.id));
    for place in places {
        servers::unmoved(&mut tx, place).await?;
    }
    let now = super::by_id(&mut tx, &tenant.id).await?;
    if (&now.credential, &now.credential_next, now.status)
        != (&tenant.credential, &tenant.credential_next, tenant.status)
    {
        return Err(Error::conflict(format!("tenant \"{}\" has just changed", tenant.slug)).hint("look again"));
    }
    // The new password is as old as this.
    next.password_made_at = if is_file { None } else { Some(central::now(&mut tx).await?) };
    if let Some(run) = store::running_in(&mut tx, &tenant.id).await? {
        return Err(Error::conflict(format!("run {run} is working on tenant \"{}\"", tenant.slug))
            .hint(Advice::from("wait for it, or: ").act(Do::CancelRun { run })));
    }
    let made_here = provision::is_made_here(&mut tx, &tenant.id).await?;
    store::replaced::keep(&mut tx, tenant, made_here).await?;
    store::replaced::turn_to(&mut tx, &next).await?;
    provision::plan_anew(&mut tx, &tenant.id, &Beginning::Backup(Box::new(source.clone()))).await?;
    let body = json!({
        "backup": source.file, "sha256": source.backup.sha256, "database": next.database, "before": tenant.database,
        "server": server.name,
    });
    audit::record(platform, &mut tx, actor, "tenant.restore", &subject(tenant), &body).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}
