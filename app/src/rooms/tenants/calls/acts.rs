//! What is done to a tenant that is there.

use std::time::Duration;

use neo::clock::milliseconds;
use neo::error::{Error, Result};
use neo::tenants::{self, BrokenLock, Decision, Deletion, Edit, Resolution, Row, Tested};
use neo::windows;

use super::{beside_files, files};
use crate::door::Door;
use crate::rooms::tenants::reach::{Connection, reach};

/// How long a deletion is waited for: longer than it waits for a lock itself, and no longer than a proxy waits for us.
const PATIENCE: Duration = Duration::from_secs(25);

pub async fn resume(door: &Door, key: &str) -> Result<Row> {
    let tenant = tenants::resume(&door.platform, &door.actor, key).await?;
    Ok(beside_files(door, tenant).await)
}

pub async fn archive(door: &Door, key: &str) -> Result<Row> {
    let tenant = tenants::archive(&door.platform, &door.actor, key).await?;
    Ok(beside_files(door, tenant).await)
}

pub async fn release(door: &Door, key: &str) -> Result<Row> {
    let tenant = tenants::release(&door.platform, &door.actor, key).await?;
    Ok(beside_files(door, tenant).await)
}

pub async fn quarantine(
    door: &Door,
    key: &str,
    reason: &str,
    length: Option<&str>,
    owner: Option<&str>,
) -> Result<Row> {
    let ms = milliseconds_of(length)?;
    let tenant = tenants::quarantine(&door.platform, &door.actor, key, reason, owner, ms).await?;
    Ok(beside_files(door, tenant).await)
}

/// How long a quarantine lasts, as it is typed: `7d`.
fn milliseconds_of(length: Option<&str>) -> Result<Option<i64>> {
    length.map(milliseconds).transpose().map_err(|why| Error::invalid("for", why))
}

pub async fn edit(door: &Door, key: &str, edit: &Edit) -> Result<Row> {
    let tenant = windows::edit_tenant(&door.platform, &door.actor, key, edit).await?;
    Ok(beside_files(door, tenant).await)
}

/// What takes longer than a caller waits goes on by itself; until then the tenant is as it was.
pub async fn delete(door: &Door, key: &str, confirm: &str, backup: bool) -> Result<Deletion> {
    let Door { platform, actor, .. } = door;
    let found = tenants::find(platform, actor, key).await;
    let deleted = tenants::delete_within(platform, actor, key, confirm, backup, PATIENCE).await?;
    match deleted {
        Some(deleted) => Ok(tenants::deletion(deleted, files(door).await.as_ref())),
        None => Ok(Deletion { row: beside_files(door, found?).await, backup: None }),
    }
}

pub async fn unlock(door: &Door, key: &str, confirm: &str, session: &str, reason: Option<&str>) -> Result<BrokenLock> {
    let lock = tenants::unlock(&door.platform, &door.actor, key, confirm, session, reason).await?;
    Ok(BrokenLock { lock, broken: true })
}

/// Without a decision only a look at where it stands.
pub async fn resolve(
    door: &Door,
    key: &str,
    decision: Option<Decision>,
    from: Option<usize>,
    reason: Option<&str>,
) -> Result<Resolution> {
    let Door { platform, actor, .. } = door;
    match decision {
        Some(decision) => tenants::decide(platform, actor, key, decision, from, reason).await.map(Resolution::Resolved),
        None => tenants::unresolved(platform, actor, key).await.map(Resolution::Unresolved),
    }
}

pub async fn test(door: &Door, key: &str) -> Result<Tested> {
    let Door { platform, actor, .. } = door;
    let tenant = tenants::find(platform, actor, key).await?;
    let Connection { ms, fails } = reach(platform, actor, &tenant).await?;
    Ok(Tested { tenant: tenant.slug, ok: fails.is_none(), ms, reason: fails.map(|why| why.function()) })
}
