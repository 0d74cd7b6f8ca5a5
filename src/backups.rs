//! Backups of tenants: each a file and a manifest beside it, in one folder, kept by count and age.

mod folder;
mod restore;

use std::path::{Path, PathBuf};

pub use neo_model::{Backup, BackupReason};
pub(crate) use restore::{Chosen, Replaces, Source, chosen};

use crate::Platform;
use crate::actor::{Actor, Door, Permission};
use crate::engine::{Connection, Failure, Nature, Target};
use crate::error::{Do, Error, Result};
use crate::migrations::ledger;
use crate::tenants::{self, Tenant};
use crate::{engine, servers};

/// All there are for this actor, the newest first; of one tenant (slug or id; a slug that several have had means all of them).
pub async fn list(platform: &Platform, actor: &Actor, tenant: Option<&str>) -> Result<Vec<Backup>> {
    actor.authorise(Permission::View)?;
    let mut found = folder::all(&folder(platform)).await?;
    found.retain(|backup| tenant.is_none_or(|key| backup.slug == key || backup.tenant_id == key));
    if actor.confinement().is_none() {
        return Ok(found);
    }
    // What a tenant is called may have been another's: who it was decides.
    let ids: Vec<String> = found.iter().map(|backup| backup.tenant_id.clone()).collect();
    let inside = tenants::within(&mut *platform.central.read().await?, actor, &ids).await?;
    found.retain(|backup| inside.contains(&backup.tenant_id));
    Ok(found)
}

/// When the newest of all was made, by its name alone: whoever asks does so over and over.
pub(crate) async fn newest(platform: &Platform) -> Result<Option<i64>> {
    folder::newest(&folder(platform)).await
}

/// The last one that was made of a tenant (by its id) for this reason.
pub(crate) async fn last_of(platform: &Platform, tenant_id: &str, why: BackupReason) -> Result<Option<Backup>> {
    let found = folder::all(&folder(platform)).await?;
    Ok(found.into_iter().find(|backup| backup.tenant_id == tenant_id && backup.why == why))
}

/// What a file says of itself: one by its name in the folder of backups, or for whoever is at the machine by any path.
pub async fn find(platform: &Platform, actor: &Actor, file: &str) -> Result<(PathBuf, Backup)> {
    actor.authorise(Permission::View)?;
    let own = folder(platform);
    let named = Path::new(file);
    let is_named = named.file_name().is_some_and(|name| named.as_os_str() == name);
    let path = match (is_named && (actor.door != Door::Cli || !named.exists()), actor.door) {
        (true, _) => own.join(named),
        (false, Door::Cli) => named.to_owned(),
        (false, _) if named.parent() == Some(&own) => named.to_owned(),
        (false, _) => {
            return Err(Error::invalid("file", "a backup is named by its file in the folder of backups")
                .hint(Do::ListBackups {}));
        }
    };
    let backup = folder::read(&path).await.map_err(|e| e.hint(Do::ListBackups {}))?;
    if actor.confinement().is_some() {
        let id = [backup.tenant_id.clone()];
        let inside = tenants::within(&mut *platform.central.read().await?, actor, &id).await?;
        if inside.is_empty() {
            return Err(folder::absent(&path).hint(Do::ListBackups {}));
        }
    }
    Ok((path, backup))
}

/// Makes one of a tenant that nothing migrates meanwhile, and lets those go that are too many.
pub(crate) async fn make(
    platform: &Platform,
    by: &Actor,
    tenant: &Tenant,
    target: &Target,
    (why, run): (BackupReason, Option<i64>),
) -> Result<Backup, Failure> {
    let (file, at) = folder::new_name(platform, tenant).await.map_err(|e| of_platform(&e))?;
    // Before it, since there may be no room beside them.
    folder::let_go_of_drafts(&folder(platform)).await.map_err(|e| of_platform(&e))?;
    let (rows, schema, nature) = look(target).await;
    let admin = async {
        let server = servers::get(&mut *platform.central.read().await?, &tenant.server_id).await?;
        servers::admin_target(platform, &server)
    };
    // The tenant's own login is enough for most: one whose server's login cannot be opened is backed up as well.
    let admin = admin.await.ok();
    let made = engine::backup_with(target, &file, admin.as_ref().map(|admin| (admin, tenant.id.as_str()))).await?;
    match made.flaws.refuse() {
        Ok(()) => {}
        Err(failure) if why == BackupReason::Asked => {
            let why = failure.detail.as_ref().unwrap_or(&failure.message);
            tracing::warn!(tenant = tenant.slug, why, "a backup is not what was there, or cannot be restored by Neo");
        }
        // What a last one does not have is gone.
        Err(failure) => {
            let _ = std::fs::remove_file(&file);
            return Err(failure);
        }
    }
    let applied: Vec<i64> = rows.iter().filter(|row| row.success).map(|row| row.version).collect();
    let backup = Backup {
        file: file.display().to_string(),
        slug: tenant.slug.clone(),
        tenant_id: tenant.id.clone(),
        name: tenant.name.clone(),
        server: tenant.server.clone(),
        engine: tenant.engine,
        server_version: made.server_version,
        tool: made.tool,
        database: tenant.database.clone(),
        size: made.size,
        sha256: made.sha256,
        lc_monetary: made.lc_monetary.map(str::to_owned),
        rounded: made.flaws.rounded,
        foreign: made.flaws.foreign,
        nature,
        version: applied.iter().max().copied(),
        applied: applied.len() as i64,
        fingerprint: schema.as_ref().map(engine::Schema::fingerprint),
        dialect: schema.map(|schema| schema.dialect),
        at,
        by: by.name.clone(),
        why,
        run,
    };
    if let Err(error) = folder::write(&file, &backup).await {
        let _ = std::fs::remove_file(&file);
        return Err(of_platform(&error));
    }
    let (kept, length) = (platform.config.backups_kept, platform.config.backups_for);
    if let Err(error) = folder::let_go(&folder(platform), &tenant.id, kept, at.saturating_sub(length)).await {
        tracing::warn!(tenant = tenant.slug, error = error.log_text(), "older backups could not be removed");
    }
    Ok(backup)
}

/// What the manifest says of the tenant's ledger, schema and database; what cannot be read there is no reason not to back it up.
async fn look(target: &Target) -> (Vec<ledger::Row>, Option<engine::Schema>, Option<Nature>) {
    let Ok(mut conn) = Connection::open(target).await else { return (Vec::new(), None, None) };
    let rows = match ledger::read(&mut conn).await {
        Ok(rows) => rows,
        Err(failure) => {
            tracing::warn!(error = failure.message, "a backup is made of a tenant whose ledger cannot be read");
            Vec::new()
        }
    };
    let schema = engine::schema(&mut conn).await.ok();
    let nature = engine::nature(&mut conn).await.ok();
    conn.close().await;
    (rows, schema, nature)
}

/// `<DATA_DIR>/backups`
pub(crate) fn folder(platform: &Platform) -> PathBuf {
    platform.config.data_dir.join("backups")
}

/// The platform's own trouble in the words of a database's.
fn of_platform(error: &Error) -> Failure {
    let mut failure = Failure::new(engine::Category::Other, error.message.clone());
    failure.detail = error.cause.clone();
    failure.hint = error.hint.clone();
    failure
}
