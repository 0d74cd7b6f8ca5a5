//! The end of a tenant: a last backup, then its database and role are dropped; the row and the audit stay.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use time::macros::format_description;

use super::claim::Claim;
use super::provision;
use super::{Status, Tenant, lifecycle, store, subject, target};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Category, Connection, Failure};
use crate::error::{Advice, Do, Error, Kind, Result, Say};
use crate::servers::{self, Server};
use crate::{Platform, audit, central, clock};

/// How long a deletion waits for whoever is migrating the tenant.
const LOCK_DEADLINE: Duration = Duration::from_secs(15);

/// How often it is asked who holds the lock, while whoever did has just ended.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A deleted tenant, and where its last backup lies.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Deleted {
    #[serde(flatten)]
    pub tenant: Tenant,
    pub backup: Option<PathBuf>,
}

/// Drops database and role after a backup (unless told otherwise); `confirm` must be the slug. The row stays. A tenant
/// whose provisioning came to nothing is cleaned up without a backup; of an adopted one only the registration ends, since
/// Neo drops nothing that it did not make.
pub async fn delete(platform: &Platform, actor: &Actor, key: &str, confirm: &str, backup: bool) -> Result<Deleted> {
    actor.authorise(Permission::DeleteTenants)?;
    let mut conn = platform.central.read().await?;
    let tenant = super::get(&mut conn, actor, key).await?;
    if confirm != tenant.slug {
        return Err(Error::invalid("confirm", format!("to delete it, type its slug: {}", tenant.slug)));
    }
    if tenant.status == Status::Deleted {
        return Err(lifecycle::is_deleted(&tenant));
    }
    if matches!(tenant.status, Status::Provisioning | Status::Failed) {
        drop(conn);
        let undone = provision::undo(platform, actor, &tenant.id, &|_| {}).await?;
        return Ok(Deleted { tenant: undone.tenant, backup: None });
    }
    let made_here = provision::is_made_here(&mut conn, &tenant.id).await?;
    let server = servers::get(&mut conn, &tenant.server_id).await?;
    drop(conn);

    let claim = Claim::take(platform, actor, &tenant).await?;
    let body = json!({ "backup": backup, "database": tenant.database, "server": server.name });
    let result = match audit::intent(platform, actor, "tenant.delete", &subject(&tenant), &body).await {
        Err(e) => Err(e),
        Ok(intent) => {
            let result = end(platform, &claim, &tenant, &server, made_here, backup).await;
            let backup = |deleted: &Deleted| json!({ "backup": deleted.backup });
            intent.outcome_with(platform, &result, backup).await?;
            result
        }
    };
    claim.release().await?;
    result
}

/// The same in a task of its own: whoever goes away meanwhile leaves it to its end. `None` when it takes longer than
/// `patience`: the tenant's status says when it is done, and the audit what came of it.
pub async fn delete_within(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    confirm: &str,
    backup: bool,
    patience: Duration,
) -> Result<Option<Deleted>> {
    let (platform, actor, key, confirm) = (platform.clone(), actor.clone(), key.to_owned(), confirm.to_owned());
    let deleting = tokio::spawn(async move { delete(&platform, &actor, &key, &confirm, backup).await });
    match tokio::time::timeout(patience, deleting).await {
        Ok(ended) => ended.map_err(Error::internal)?.map(Some),
        Err(_) => Ok(None),
    }
}

async fn end(
    platform: &Platform,
    claim: &Claim,
    tenant: &Tenant,
    server: &Server,
    made_here: bool,
    backup: bool,
) -> Result<Deleted> {
    if let Some(run) = store::running_in(&mut *platform.central.read().await?, &tenant.id).await? {
        return Err(Error::conflict(format!("run {run} is working on tenant \"{}\"", tenant.slug))
            .hint(Advice::from("wait for it, or: ").act(Do::CancelRun { run })));
    }
    let mut kept = None;
    if made_here {
        let locked = lock(platform, tenant, server, backup).await?;
        if backup {
            let file = backup_file(platform, tenant).await?;
            engine::backup(&target(platform, tenant, server)?, &file).await.map_err(|f| not_backed_up(tenant, &f))?;
            kept = Some(file);
        }
        // From here on no run takes it up, whatever becomes of the drop.
        let mut tx = platform.central.write().await?;
        claim.check(&mut tx).await?;
        if tenant.status != Status::Archived {
            store::set_status(&mut tx, &tenant.id, tenant.status, Status::Archived).await?;
        }
        tx.commit().await?;
        let admin = servers::admin_target(platform, server)?;
        if let Some(mut conn) = locked {
            conn.unlock().await;
            conn.close().await;
            // Its own login opens what the registry names for it, and Neo has made it: whose it is is known without a mark.
            engine::enter_anew(&admin, &tenant.database, &tenant.username, &tenant.id)
                .await
                .map_err(|f| not_dropped(tenant, "database", &f))?;
        }
        engine::drop_database(&admin, &tenant.database, &tenant.id)
            .await
            .map_err(|f| not_dropped(tenant, "database", &f))?;
        engine::drop_role(&admin, &tenant.username, &tenant.id).await.map_err(|f| not_dropped(tenant, "role", &f))?;
    }
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    store::set_deleted(&mut tx, &tenant.id).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(Deleted { tenant, backup: kept })
}

/// Waits for the tenant's own lock. A database that does not let us in has no lock to wait for; with a backup to be made
/// that is where it ends.
async fn lock(platform: &Platform, tenant: &Tenant, server: &Server, backup: bool) -> Result<Option<Connection>> {
    let opened = match target(platform, tenant, server) {
        Ok(target) => Connection::open(&target).await,
        Err(e) if backup => {
            return Err(e.hint(Advice::from("to delete it without a backup: ").act(Say::WithoutBackup)));
        }
        Err(_) => return Ok(None),
    };
    match opened {
        Ok(mut conn) => match conn.lock(LOCK_DEADLINE).await {
            Ok(()) => Ok(Some(conn)),
            // No run is at this tenant: whoever has its own login and no run is none of Neo's, and may come back for ever.
            Err(failure) if failure.category == Category::Lock && is_its_own(platform, tenant, server).await? => {
                Ok(Some(conn))
            }
            Err(failure) => {
                conn.close().await;
                Err(not_locked(tenant, &failure))
            }
        },
        Err(failure) if backup => Err(not_backed_up(tenant, &failure)),
        Err(_) => Ok(None),
    }
}

/// Whether the lock is in the hands of the tenant's own login, or of nobody any more.
async fn is_its_own(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<bool> {
    if tenant.engine.is_file() {
        return Ok(false);
    }
    let admin = servers::admin_target(platform, server)?;
    let mut tries = 0;
    loop {
        let held = engine::lock_holders(&admin, std::slice::from_ref(&tenant.database)).await;
        let held = held.map_err(|failure| not_locked(tenant, &failure))?;
        // Of a session that has ended meanwhile nobody can tell whose it was; the next one has come by then.
        let is_gone = held.iter().any(|(_, holder)| holder.user.is_none());
        if !is_gone || tries == TRIES {
            return Ok(held.iter().all(|(_, holder)| holder.is_of(&tenant.username)));
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

fn not_locked(tenant: &Tenant, failure: &Failure) -> Error {
    let error = match failure.category {
        Category::Lock => Error::conflict(format!("somebody is working on tenant \"{}\"", tenant.slug)),
        _ => Error::new(kind(failure), format!("the lock of tenant \"{}\" could not be taken", tenant.slug)),
    };
    let error = error.cause(&failure.message);
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error.hint("delete it again once that is mended"),
    }
}

/// `<data_dir>/backups/<slug>-<time>.sql`, or `.db` for SQLite.
async fn backup_file(platform: &Platform, tenant: &Tenant) -> Result<PathBuf> {
    let folder = platform.config.data_dir.join("backups");
    crate::config::private_dir(&folder)?;
    let now = central::now(&mut *platform.central.read().await?).await?;
    let time = clock::moment(now)
        .format(format_description!("[year][month][day]T[hour][minute][second][subsecond digits:3]Z"))
        .map_err(Error::internal)?;
    let ending = tenant.engine.backup_ending();
    Ok(folder.join(format!("{}-{time}.{ending}", tenant.slug)))
}

fn not_backed_up(tenant: &Tenant, failure: &Failure) -> Error {
    Error::new(kind(failure), format!("tenant \"{}\" could not be backed up, so it was not deleted", tenant.slug))
        .cause(&failure.message)
        .hint(Advice::from("to delete it without a backup: ").act(Say::WithoutBackup))
}

fn not_dropped(tenant: &Tenant, what: &str, failure: &Failure) -> Error {
    // What is in the way is in the detail.
    let detail = failure.detail.iter().map(|detail| format!(": {}", detail.replace('\n', "; ")));
    let error = Error::new(kind(failure), format!("the {what} of tenant \"{}\" could not be dropped", tenant.slug))
        .cause(std::iter::once(failure.message.clone()).chain(detail).collect::<String>());
    match (&failure.hint, failure.category) {
        (Some(hint), _) => error.hint(hint),
        (None, Category::Exists) => error.hint("it does not bear this tenant's marker: look at it by hand"),
        (None, _) => error.hint("delete it again once that is mended"),
    }
}

fn kind(failure: &Failure) -> Kind {
    if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict }
}
