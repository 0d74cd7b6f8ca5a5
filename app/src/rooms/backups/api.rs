//! Server functions about backups: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{Backup, Provisioning, RunStarted};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, neo::runs::Restore,
    serde_json::json,
};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListBackups>(Permission::View).example(json!({ "tenant": "acme" })),
        Function::of::<BackUpTenant>(Permission::Operate).accepted().example(json!({ "tenant": "acme" })),
        Function::of::<RestoreTenant>(Permission::ProvisionTenants)
            .accepted()
            .example(json!({ "file": "acme-20260126T140213916Z.dump", "slug": "acme-then" })),
    ]
}

/// The backups, the newest first.
#[server(prefix = "/api/v1", endpoint = "backups", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_backups(
    /// Only those of this tenant: its slug, also of one that is deleted, or its id.
    tenant: Option<String>,
) -> Result<Vec<Backup>, Problem> {
    Ok(calls::list(&Door::here()?, tenant.as_deref()).await?)
}

/// Backs a tenant up: a run does it, `backups` has what came of it. Several are a run of their own: `runs/start` with the goal `backup`.
#[server(prefix = "/api/v1", endpoint = "tenants/backup", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn back_up_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<RunStarted, Problem> {
    Ok(calls::back_up(&Door::here()?, tenant).await?)
}

/// Makes a tenant of a backup, or puts it in the place of what its tenant has.
///
/// A worker does it; `runs/events` tells how far it is. What a tenant has is kept until the new database is whole.
/// On another server than the tenant's own a token has to be one made to connect.
#[server(prefix = "/api/v1", endpoint = "tenants/restore", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn restore_tenant(
    /// The name of its file in the folder of backups.
    file: String,
    /// Of a new tenant; unless said, it is the tenant that the backup is of.
    slug: Option<String>,
    /// The name of the server to restore it on; the tenant's own unless said.
    server: Option<String>,
    /// Where that tenant is there: its slug.
    confirm: Option<String>,
    /// `false`: what that tenant has now is dropped without a backup.
    backup: Option<bool>,
) -> Result<Provisioning, Problem> {
    let asked = Restore { file, slug, server, confirm, no_backup: !backup.unwrap_or(true) };
    Ok(calls::restore(&Door::here()?, asked).await?)
}
