//! A window by tag keeps whoever has the tag: taking it away is another way past.

use super::in_force::{in_force, refuse};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::Result;
use crate::tenants::{self, Edit, Tenant};

/// Edits a tenant. What takes it out of a window that is in force wants somebody who may go past it.
pub async fn edit_tenant(platform: &Platform, actor: &Actor, key: &str, edit: &Edit) -> Result<Tenant> {
    if !actor.may(Permission::PassWindows) {
        let mut conn = platform.central.read().await?;
        let now = in_force(&mut conn, None).await?;
        if !now.is_empty() {
            let before = tenants::get(&mut conn, actor, key).await?;
            if let Some(tags) = edit.tags_after(&before)? {
                refuse(&now.left(&before, &Tenant { tags, ..before.clone() }))?;
            }
        }
    }
    tenants::edit(platform, actor, key, edit).await
}
