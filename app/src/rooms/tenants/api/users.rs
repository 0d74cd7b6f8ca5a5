//! The users inside a tenant.

use leptos::server;
use neo_model::{SessionsEnded, TenantUser, TenantUserLink, TenantUsers};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::Function,
    crate::door::Door,
    crate::rooms::tenants::calls::users,
    neo::actor::Permission,
    neo::tenant_users::{NewTenantUser, unguessable},
    serde_json::json,
};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let of = |function: Function| function.example(json!({ "tenant": "acme", "email": "grace@acme.example" }));
    let may = Permission::ManageTenantUsers;
    vec![
        Function::of::<ListTenantUsers>(may).example(json!({ "tenant": "acme", "search": "grace", "limit": 2 })),
        Function::of::<CreateTenantUser>(may).example(json!({
            "tenant": "acme",
            "email": "ada@acme.example",
            "password": "seven small boats at noon",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "role": "member",
        })),
        Function::of::<SetTenantUserRole>(may)
            .example(json!({ "tenant": "acme", "email": "grace@acme.example", "role": "member" })),
        Function::of::<SetTenantUserPassword>(may).example(
            json!({ "tenant": "acme", "email": "grace@acme.example", "password": "seven small boats at noon" }),
        ),
        of(Function::of::<DisableTenantUser>(may)),
        of(Function::of::<EnableTenantUser>(may)),
        of(Function::of::<EndTenantUserSessions>(may)),
        of(Function::of::<DeleteTenantUser>(may)),
        of(Function::of::<LinkTenantUser>(may)),
    ]
}

/// The users inside a tenant, in the order of their emails.
#[server(prefix = "/api/v1", endpoint = "tenants/users", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_tenant_users(
    /// Slug or id.
    tenant: String,
    /// Part of an email or a name.
    search: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
) -> Result<TenantUsers, Problem> {
    Ok(users::list(&Door::here()?, &tenant, search, after, limit).await?)
}

/// Makes a user inside a tenant.
#[server(prefix = "/api/v1", endpoint = "tenants/users/create", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn create_tenant_user(
    /// Slug or id.
    tenant: String,
    /// What they sign in with.
    email: String,
    /// At least 12 characters. Without one nobody can sign in as them until they have chosen one by a link (`tenants/users/link`).
    password: Option<Secret>,
    /// As people read it.
    first_name: String,
    /// As people read it.
    last_name: String,
    /// A role of that tenant.
    role: String,
) -> Result<TenantUser, Problem> {
    let password = password.map_or_else(unguessable, Into::into);
    let new = NewTenantUser { email, password, first_name, last_name, role };
    Ok(users::create(&Door::here()?, &tenant, new).await?)
}

/// Gives a user one role in the place of all others, and ends their sessions.
#[server(prefix = "/api/v1", endpoint = "tenants/users/set-role", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn set_tenant_user_role(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
    /// A role of that tenant.
    role: String,
) -> Result<TenantUser, Problem> {
    Ok(users::set_role(&Door::here()?, &tenant, &email, &role).await?)
}

/// Gives a user another password, and ends their sessions.
#[server(prefix = "/api/v1", endpoint = "tenants/users/set-password", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn set_tenant_user_password(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
    /// At least 12 characters.
    password: Secret,
) -> Result<TenantUser, Problem> {
    Ok(users::set_password(&Door::here()?, &tenant, &email, password.into()).await?)
}

/// Keeps a user out, and ends their sessions and their link.
#[server(prefix = "/api/v1", endpoint = "tenants/users/disable", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn disable_tenant_user(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
) -> Result<TenantUser, Problem> {
    Ok(users::disable(&Door::here()?, &tenant, &email).await?)
}

/// Lets a user in again.
#[server(prefix = "/api/v1", endpoint = "tenants/users/enable", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn enable_tenant_user(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
) -> Result<TenantUser, Problem> {
    Ok(users::enable(&Door::here()?, &tenant, &email).await?)
}

/// Signs a user out everywhere.
#[server(prefix = "/api/v1", endpoint = "tenants/users/end-sessions", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn end_tenant_user_sessions(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
) -> Result<SessionsEnded, Problem> {
    Ok(users::end_sessions(&Door::here()?, &tenant, &email).await?)
}

/// Takes a user out of the tenant's database, unless rows there refer to them.
#[server(prefix = "/api/v1", endpoint = "tenants/users/delete", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn delete_tenant_user(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
) -> Result<TenantUser, Problem> {
    Ok(users::delete(&Door::here()?, &tenant, &email).await?)
}

/// Makes the link by which a user chooses a password, once, within 48 hours. The one before is worth nothing any more.
#[server(prefix = "/api/v1", endpoint = "tenants/users/link", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn link_tenant_user(
    /// Slug or id.
    tenant: String,
    /// Their email, or their id.
    email: String,
) -> Result<TenantUserLink, Problem> {
    Ok(users::link(&Door::here()?, &tenant, &email).await?)
}
