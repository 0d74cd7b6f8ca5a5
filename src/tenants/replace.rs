//! A backup in the place of what a tenant has: its row turns to a new database and login, which are provisioned like any other's,
//! and what it had is kept aside until that is whole. Then a last backup is made of it, and it is dropped; undone, it comes back.

use neo_model::Guard;
use serde_json::json;

use super::claim::Claim;
use super::provision::{self, Beginning};
use super::{Before, Status, Tenant, credentials, lifecycle, names, store, subject, target};
use crate::actor::{Actor, Leave, Permission};
use crate::backups::{Replaces, Source};
use crate::central::{self, Conn};
use crate::clock::rfc3339;
use crate::engine::{self, Category};
use crate::error::{Advice, Do, Error, Result, Say};
use crate::servers::{self, Server};
use crate::{Platform, audit, requests, tenant_users};

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
    if !backs_up && actor.leave != Leave::Without && requests::guard(platform, actor, &[Guard::Delete]).is_some() {
        // Nothing of what it has would be left, as if it had been deleted.
        return Err(Error::denied("a deletion wants somebody's approval here, and so would this without a backup")
            .hint("back up first what is there"));
    }
    at_rest(&mut *platform.central.read().await?, tenant).await?;
    if backs_up {
        can_be_closed(platform, tenant).await?;
    }
    let claim = Claim::take(platform, actor, tenant).await?;
    let turned = turn(platform, actor, &claim, tenant, server, source, backs_up).await;
    claim.release().await?;
    turned
}

/// Before its last backup it is closed to its applications. Where that cannot be is told before anything is made; a server that does
/// not answer leaves it to the steps to say so.
async fn can_be_closed(platform: &Platform, tenant: &Tenant) -> Result<()> {
    let (home, made_here) = {
        let mut conn = platform.central.read().await?;
        (servers::get(&mut conn, &tenant.server_id).await?, provision::is_made_here(&mut conn, &tenant.id).await?)
    };
    if !made_here || home.engine.is_file() {
        return Ok(());
    }
    let (admin, own) = (servers::admin_target(platform, &home)?, target(platform, tenant, &home)?);
    let known = async {
        engine::sees_everybody(&admin).await?;
        engine::promises_nothing(&own).await?;
        engine::nobody_else(&admin, &own, true).await?;
        engine::is_exact(&own).await
    };
    match known.await {
        Err(failure) if matches!(failure.category, Category::Lock | Category::Checksum) => {
            let words = format!("what tenant \"{}\" has cannot be backed up for the last time", tenant.slug);
            let error = Error::conflict(words).cause(failure.in_full());
            let way = failure.hint.as_ref().map_or_else(|| Advice::from(""), |hint| Advice::from(hint).and("; or, "));
            Err(error.hint(way.and("to do without a backup of what it has: ").act(Say::WithoutBackup)))
        }
        _ => Ok(()),
    }
}

/// Whether something else may take the place of what the tenant has.
pub(super) async fn at_rest(conn: &mut Conn, tenant: &Tenant) -> Result<()> {
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
    refuse_kept(conn, tenant).await
}

/// One at a time is kept of a tenant, until somebody drops it.
pub(super) async fn refuse_kept(conn: &mut Conn, tenant: &Tenant) -> Result<()> {
    let Some(before) = store::replaced::kept(conn, tenant).await? else { return Ok(()) };
    let since = rfc3339(before.kept_at.unwrap_or_default());
    Err(Error::conflict(format!(
        "what tenant \"{}\" had before its move is still there: {} on server \"{}\"",
        tenant.slug, before.tenant.database, before.tenant.server
    ))
    .cause(format!("it is kept since {since}"))
    .hint(Advice::from("once nobody misses it: ").act(Do::DropReplaced { tenant: tenant.slug.clone() })))
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
    let mut next = elsewhere(platform, tenant, server);
    let source = Source { replaces: Some(Replaces { status: tenant.status, backs_up }), ..source };
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    let home = servers::get(&mut tx, &tenant.server_id).await?;
    hold(&mut tx, server, &home).await?;
    let tenant = &unchanged(&mut tx, tenant).await?;
    next.password_made_at = made_now(&mut tx, &next).await?;
    let made_here = provision::is_made_here(&mut tx, &tenant.id).await?;
    store::replaced::keep(&mut tx, tenant, made_here).await?;
    store::replaced::turn_to(&mut tx, &next).await?;
    provision::plan_anew(&mut tx, &tenant.id, &Beginning::Backup(Box::new(source.clone()))).await?;
    let body = json!({
        "backup": source.file, "sha256": source.backup.sha256, "database": next.database, "before": tenant.database,
        "server": server.name,
    });
    // Who its users are is what the backup says from here on.
    tenant_users::all_are_others(&mut tx, &tenant.id).await?;
    audit::record(platform, &mut tx, actor, "tenant.restore", &subject(tenant), &body).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// The tenant as its row has it within the transaction that turns it: refused where it has changed since it was read, or somebody
/// is at it.
pub(super) async fn unchanged(tx: &mut Conn, read: &Tenant) -> Result<Tenant> {
    let tenant = super::by_id(tx, &read.id).await?;
    at_rest(tx, &tenant).await?;
    let of = |tenant: &Tenant| {
        (tenant.server_id.clone(), tenant.database.clone(), tenant.credential.clone(), tenant.generation, tenant.status)
    };
    if of(&tenant) != of(read) {
        return Err(Error::conflict(format!("tenant \"{}\" has just changed", tenant.slug)).hint("look again"));
    }
    lifecycle::refuse_at_work(tx, &tenant).await?;
    Ok(tenant)
}

/// What the tenant has is kept as it is sealed: where it lives stays where it is, as well as where it comes to. In one order, whoever
/// else holds both.
pub(super) async fn hold(tx: &mut Conn, one: &Server, other: &Server) -> Result<()> {
    let mut places = [one, other];
    places.sort_by(|one, other| one.id.cmp(&other.id));
    for place in places {
        servers::unmoved(tx, place).await?;
    }
    Ok(())
}

/// A password that is new is as old as this.
pub(super) async fn made_now(tx: &mut Conn, tenant: &Tenant) -> Result<Option<i64>> {
    match tenant.credential {
        Some(_) => central::now(tx).await.map(Some),
        None => Ok(None),
    }
}

/// The tenant with a database and a login of their own that are still to be made, on this server.
pub(super) fn elsewhere(platform: &Platform, tenant: &Tenant, server: &Server) -> Tenant {
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
    next
}
