//! Server functions about tenants: what each is on the wire, and nothing else.

pub mod acts;
pub mod connection;
pub mod making;
pub mod moving;
pub mod users;

use leptos::server;
use neo_model::{TenantDetail, TenantRow, TenantRows};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let mut functions = vec![
        Function::of::<ListTenants>(Permission::View).example(json!({ "status": "active,suspended", "limit": 2 })),
        Function::of::<ListHalfDone>(Permission::View),
        Function::of::<ShowTenant>(Permission::View).example(json!({ "tenant": "acme" })),
        Function::of::<SuspendTenant>(Permission::EditTenants).example(json!({ "tenant": "acme" })),
    ];
    functions.extend(
        [connection::functions(), making::functions(), moving::functions(), users::functions(), acts::functions()]
            .into_iter()
            .flatten(),
    );
    functions
}

/// The tenants that match, in the order of their slugs.
///
/// Everything given must hold. Without `status` it is all but the deleted.
#[server(prefix = "/api/v1", endpoint = "tenants", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a name of the query")]
pub async fn list_tenants(
    /// Part of slug, name or id.
    q: Option<String>,
    /// provisioning, active, suspended, archived, deleted, failed; several as a comma list.
    status: Option<String>,
    /// What was seen last: current, behind, failed, drifted, unreachable, unknown; several as a comma list.
    state: Option<String>,
    /// The same as `state`.
    result: Option<String>,
    /// The name of the server they live on.
    server: Option<String>,
    /// Several as a comma list; all must be there.
    tag: Option<String>,
    /// Behind this version; `latest` is the newest there is.
    behind: Option<String>,
    /// At this version.
    version: Option<i64>,
    /// Only those that runs on the fleet leave out now.
    quarantined: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
) -> Result<TenantRows, Problem> {
    let asked = calls::Asked { q, status, state, result, server, tag, behind, version, quarantined };
    Ok(calls::list(&Door::here()?, asked, after, limit).await?)
}

/// The tenants that are known to be half way through a migration: `tenants/resolve` gets them out of it.
#[server(prefix = "/api/v1", endpoint = "tenants/half-done", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_half_done() -> Result<Vec<TenantRow>, Problem> {
    Ok(calls::half_done(&Door::here()?).await?)
}

/// One tenant, with the steps of its provisioning and how its schema stands to the others'.
#[server(prefix = "/api/v1", endpoint = "tenants/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_tenant(
    /// Slug or id.
    tenant: String,
    /// Also who holds its migration lock, which its server is asked for.
    lock: Option<bool>,
) -> Result<TenantDetail, Problem> {
    Ok(calls::show(&Door::here()?, &tenant, lock.unwrap_or_default()).await?)
}

/// Keeps a tenant's users out; runs on the fleet leave it out.
#[server(prefix = "/api/v1", endpoint = "tenants/suspend", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn suspend_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<TenantRow, Problem> {
    Ok(calls::suspend(&Door::here()?, &tenant).await?)
}
