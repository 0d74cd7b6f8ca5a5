//! A tenant moves to another server, and what it had before is dropped.

use neo::error::Result;
use neo::runs;
use neo::tenants::{self, Provisioning, Row};

use super::beside_files;
use super::making::begun;
use crate::door::Door;

pub async fn move_to(door: &Door, key: &str, server: &str, confirm: &str) -> Result<Provisioning> {
    let (tenant, run) = runs::move_tenant(&door.platform, &door.actor, key, server, confirm).await?;
    Ok(begun(tenant, &run))
}

pub async fn drop_replaced(door: &Door, key: &str, confirm: &str, forget: bool) -> Result<Row> {
    let tenant = tenants::drop_replaced(&door.platform, &door.actor, key, confirm, forget).await?;
    Ok(beside_files(door, tenant).await)
}
