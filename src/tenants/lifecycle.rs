//! What happens to a tenant after it was made: renamed, tagged, suspended, resumed, archived.

use serde_json::{Value, json};

use super::{PasswordHash, Status, Tenant, names, store, subject};
use crate::actor::{Actor, Permission};
use crate::central::{Conn, Tx};
use crate::error::{Error, Result};
use crate::{Platform, audit};

/// Changes the display name; the slug is for good.
pub async fn rename(platform: &Platform, actor: &Actor, key: &str, name: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let name = names::check_name(name)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    named(platform, actor, &mut tx, &tenant, &name).await?;
    answer(tx, &tenant.id).await
}

async fn named(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, name: &str) -> Result<()> {
    if store::set_name(tx, &tenant.id, name).await? == 0 {
        return Err(is_deleted(tenant));
    }
    let body = json!({ "name": { "from": tenant.name, "to": name } });
    audit::record(platform, tx, actor, "tenant.rename", &subject(tenant), &body).await
}

/// Replaces all tags. What is confined to some cannot.
pub async fn set_tags(platform: &Platform, actor: &Actor, key: &str, tags: &[String]) -> Result<Tenant> {
    actor.authorise(Permission::TagTenants)?;
    let tags = names::check_tags(tags)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    tagged(platform, actor, &mut tx, &tenant, &tags).await?;
    answer(tx, &tenant.id).await
}

async fn tagged(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, tags: &[String]) -> Result<()> {
    if tenant.status == Status::Deleted {
        return Err(is_deleted(tenant));
    }
    store::set_tags(tx, &tenant.id, tags).await?;
    let body = json!({ "tags": { "from": tenant.tags, "to": tags } });
    audit::record(platform, tx, actor, "tenant.tag", &subject(tenant), &body).await
}

/// From here on the passwords of its users that are set are hashed so; what is there stays as it is.
pub async fn set_password_hash(platform: &Platform, actor: &Actor, key: &str, kind: PasswordHash) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    hashed(platform, actor, &mut tx, &tenant, kind).await?;
    answer(tx, &tenant.id).await
}

async fn hashed(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, kind: PasswordHash) -> Result<()> {
    if store::set_password_hash(tx, &tenant.id, kind).await? == 0 {
        return Err(is_deleted(tenant));
    }
    let body = json!({ "password_hash": { "from": tenant.password_hash, "to": kind } });
    audit::record(platform, tx, actor, "tenant.password_hash", &subject(tenant), &body).await
}

/// Display name, tags and, where it is said, how passwords are hashed at once: what is wrong with one leaves the others as they
/// were.
pub async fn edit(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    name: &str,
    tags: &[String],
    kind: Option<PasswordHash>,
) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let (name, tags) = (names::check_name(name)?, names::check_tags(tags)?);
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if name != tenant.name {
        named(platform, actor, &mut tx, &tenant, &name).await?;
    }
    if tags != tenant.tags {
        actor.authorise(Permission::TagTenants)?;
        tagged(platform, actor, &mut tx, &tenant, &tags).await?;
    }
    if let Some(kind) = kind.filter(|kind| *kind != tenant.password_hash) {
        hashed(platform, actor, &mut tx, &tenant, kind).await?;
    }
    answer(tx, &tenant.id).await
}

/// Nobody signs in there, and runs on all tenants leave it out.
pub async fn suspend(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    turn(&mut tx, &tenant, &[Status::Active], Status::Suspended).await?;
    audit::record(platform, &mut tx, actor, "tenant.suspend", &subject(&tenant), &turned(&tenant, Status::Suspended))
        .await?;
    answer(tx, &tenant.id).await
}

/// Back to active: from suspended, and from archived by whoever may archive.
pub async fn resume(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if tenant.status == Status::Archived {
        actor.authorise(Permission::ArchiveTenants)?;
    }
    turn(&mut tx, &tenant, &[Status::Suspended, Status::Archived], Status::Active).await?;
    // It was out of sight: the next run looks for itself.
    store::forget(&mut tx, &tenant.id).await?;
    audit::record(platform, &mut tx, actor, "tenant.resume", &subject(&tenant), &turned(&tenant, Status::Active))
        .await?;
    answer(tx, &tenant.id).await
}

/// Out of use, its database kept.
pub async fn archive(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::ArchiveTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    turn(&mut tx, &tenant, &[Status::Active, Status::Suspended], Status::Archived).await?;
    audit::record(platform, &mut tx, actor, "tenant.archive", &subject(&tenant), &turned(&tenant, Status::Archived))
        .await?;
    answer(tx, &tenant.id).await
}

/// For the audit: what it was, and what it is.
fn turned(tenant: &Tenant, to: Status) -> Value {
    json!({ "status": { "from": tenant.status, "to": to } })
}

/// From one of these statuses to another; anything else is a conflict that says what it is now.
async fn turn(conn: &mut Conn, tenant: &Tenant, from: &[Status], to: Status) -> Result<()> {
    if !from.contains(&tenant.status) {
        let from: Vec<_> = from.iter().map(|s| s.as_str()).collect();
        return Err(Error::conflict(format!("tenant \"{}\" is {}", tenant.slug, tenant.status.as_str()))
            .cause(format!("only one that is {} becomes {}", from.join(" or "), to.as_str())));
    }
    match store::set_status(conn, &tenant.id, tenant.status, to).await? {
        0 => Err(Error::conflict(format!("tenant \"{}\" has just changed", tenant.slug)).hint("look again")),
        _ => Ok(()),
    }
}

pub(super) async fn answer(mut tx: Tx, id: &str) -> Result<Tenant> {
    let tenant = super::by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(tenant)
}

pub(super) fn is_deleted(tenant: &Tenant) -> Error {
    Error::conflict(format!("tenant \"{}\" is deleted", tenant.slug))
}
