//! A tenant moves to another server, and what it had before is dropped.

use leptos::server;
use neo_model::{Provisioning, TenantRow};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::Function, crate::door::Door, crate::rooms::tenants::calls::moving, neo::actor::Permission,
    serde_json::json,
};

use crate::call::{Described, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<MoveTenant>(Permission::SeeCredentials)
            .accepted()
            .example(json!({ "tenant": "acme", "server": "other", "confirm": "acme" })),
        Function::of::<DropReplaced>(Permission::DeleteTenants).example(json!({ "tenant": "acme", "confirm": "acme" })),
    ]
}

/// Moves a tenant to another server of its engine: made anew there, closed to applications where it was, copied, compared.
///
/// A worker does it; `runs/events` tells how far it is. The tenant is out of use meanwhile. Whatever fails takes it back; what it had is kept until
/// `tenants/drop-replaced`. A token has to be one made to connect: whoever says where a tenant's data goes can read it there.
#[server(prefix = "/api/v1", endpoint = "tenants/move", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn move_tenant(
    /// Slug or id.
    tenant: String,
    /// The name of the server to move it to.
    server: String,
    /// Its slug, once more.
    confirm: String,
) -> Result<Provisioning, Problem> {
    Ok(moving::move_to(&Door::here()?, &tenant, &server, &confirm).await?)
}

/// Drops the database that a tenant had before it was moved, with its login; an adopted one is only no longer known.
///
/// With `forget` nothing is asked of its server, which is gone for good: it is struck from the record, and may still lie there, with its login.
#[server(prefix = "/api/v1", endpoint = "tenants/drop-replaced", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn drop_replaced(
    /// Slug or id.
    tenant: String,
    /// Its slug, once more.
    confirm: String,
    /// `true`: strike it from the record without asking its server.
    forget: Option<bool>,
) -> Result<TenantRow, Problem> {
    Ok(moving::drop_replaced(&Door::here()?, &tenant, &confirm, forget.unwrap_or(false)).await?)
}
