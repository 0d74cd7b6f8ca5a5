//! Tenants are made, adopted, tried again, and cleaned up after.

use neo::error::{Error, Result};
use neo::runs::{self, Run};
use neo::servers;
use neo::tenants::provision::{self, Undone};
use neo::tenants::{
    self, Adopted, Checked, CleanedUp, Creating, Detail, Entry, NewTenant, Provisioning, Taken, Tenant,
};
use serde_json::json;

use super::beside_files;
use crate::call::once;
use crate::door::Door;

/// Once for a key. What is compared is kept: the password is not among it.
pub async fn create(door: &Door, new: NewTenant) -> Result<Provisioning> {
    let admin = new.admin.as_ref().map(|admin| [&admin.email, &admin.first_name, &admin.last_name]);
    let said = json!({ "slug": new.slug, "name": new.name, "server": new.server, "tags": new.tags, "admin": admin, "password_hash": new.password_hash });
    let own = door.clone();
    once(door, "tenants/create", &said, async move { begin(&own, new).await.map_err(on_argument) }).await
}

/// Errors name the fields as the command line does.
pub async fn begin(door: &Door, new: NewTenant) -> Result<Provisioning> {
    let (tenant, run) = runs::provision(&door.platform, &door.actor, new).await?;
    Ok(begun(tenant, &run))
}

/// Whether it could be made; nothing is.
pub async fn check(door: &Door, new: NewTenant) -> Result<Creating> {
    tenants::check(&door.platform, &door.actor, &new).await.map_err(on_argument)?;
    Ok(Creating::Checked(Checked { tenant: new.slug }))
}

/// The first admin is one argument, whatever is wrong with it.
fn on_argument(error: Error) -> Error {
    match error.field {
        Some(field) if field.starts_with("admin_") => error.on("admin"),
        _ => error,
    }
}

pub async fn retry(door: &Door, key: &str) -> Result<Provisioning> {
    let run = runs::provision_again(&door.platform, &door.actor, key).await?;
    Ok(begun(tenants::find(&door.platform, &door.actor, key).await?, &run))
}

pub(super) fn begun(tenant: Tenant, run: &Run) -> Provisioning {
    Provisioning { id: tenant.id, run: run.number, tenant: tenant.slug }
}

pub async fn clean_up(door: &Door, key: &str) -> Result<CleanedUp> {
    let Undone { tenant, steps } = provision::undo(&door.platform, &door.actor, key, &|_| ()).await?;
    Ok(CleanedUp { row: beside_files(door, tenant).await, undone: steps })
}

/// As both the argument and the field are called.
fn on_user(error: Error) -> Error {
    match error.field {
        Some("username") => error.on("user"),
        _ => error,
    }
}

/// Where only the survey is asked for, nothing is touched.
pub async fn adopt(door: &Door, entry: &Entry, dry_run: bool) -> Result<Adopted> {
    let Door { platform, actor, .. } = door;
    let adopt = entry.adopt(servers::LOCAL);
    if dry_run {
        return Ok(Adopted::Survey(Box::new(tenants::survey(platform, actor, adopt).await?)));
    }
    let Taken { tenant, notes } = tenants::adopt(platform, actor, adopt).await.map_err(on_user)?;
    let detail = tenants::detail(platform, actor, tenant, false).await?;
    Ok(Adopted::Tenant(Box::new(Detail { notes, ..detail })))
}
