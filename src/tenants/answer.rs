//! A tenant as programs read it: what is told of it, beside the fleet's files.

use neo_model::Deletion;

use super::{Deleted, Detail, Row, Status, Tenant, before, comparison, drift, file, kept, lock_holder, provision};
use crate::actor::Actor;
use crate::clock::rfc3339;
use crate::error::Result;
use crate::migrations::Set;
use crate::{Platform, runs, servers};

/// A tenant in a list. `set` are the fleet's files; where they cannot be read, what is pending is unknown.
pub fn row(tenant: Tenant, set: Option<&Set>) -> Row {
    let (pending, state) = match set {
        Some(set) => {
            let (pending, state) = tenant.standing(set);
            (Some(pending), state)
        }
        None => (None, tenant.state),
    };
    Row {
        id: tenant.id,
        slug: tenant.slug,
        name: tenant.name,
        status: tenant.status,
        server: tenant.server,
        engine: tenant.engine,
        database: tenant.database,
        version: tenant.version,
        pending,
        state,
        tags: tenant.tags,
        last_error: tenant.last_error,
        last_run: tenant.last_run,
        verified_at: tenant.verified_at.map(rfc3339),
        quarantine: tenant.quarantine,
        created_at: rfc3339(tenant.created_at),
    }
}

/// A tenant that was deleted, and where its last backup lies.
pub fn deletion(deleted: Deleted, set: Option<&Set>) -> Deletion {
    let backup = deleted.backup.map(|file| file.display().to_string());
    Deletion { row: row(deleted.tenant, set), backup }
}

/// One tenant, with where its database is, how its schema stands to the others', and how far its provisioning got. Its
/// server is asked who holds its lock only where `lock` says so.
pub async fn detail(platform: &Platform, actor: &Actor, tenant: Tenant, lock: bool) -> Result<Detail> {
    let lock = if lock { Some(lock_holder(platform, actor, &tenant.id).await?) } else { None };
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let steps = provision::steps(platform, actor, &tenant.id).await?;
    let set = Set::load(&platform.config.tenant_migrations).await.ok();
    let (user, password_hash) = (tenant.username.clone(), tenant.password_hash);
    let schema = comparison(platform, actor, &tenant).await?;
    let drift = drift(platform, actor, &tenant).await?;
    let replaced = kept(platform, actor, &tenant).await?;
    let before = before(platform, actor, &tenant).await?;
    let run = match tenant.status {
        Status::Provisioning => runs::making(&mut *platform.central.read().await?, &tenant.id).await?,
        _ => None,
    };
    let mut row = row(tenant, set.as_ref());
    if row.engine.is_file() {
        let file = file(&server.path, &row.database);
        row.database = std::path::absolute(&file).unwrap_or(file).display().to_string();
    }
    Ok(Detail {
        row,
        host: server.host,
        port: server.port,
        user,
        password_hash,
        schema,
        drift,
        run,
        steps,
        replaced,
        before,
        lock,
        notes: Vec::new(),
    })
}
