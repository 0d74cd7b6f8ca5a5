//! What is done to a tenant that is there.

use leptos::server;
use neo_model::{Begun, BrokenLock, Decision, Deletion, PasswordHash, Resolution, TenantRow, Tested};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::{Function, begun},
    crate::door::Door,
    crate::rooms::tenants::calls::acts,
    neo::actor::Permission,
    neo::requests::Guard,
    neo::tenants::Edit,
    serde_json::json,
};

use crate::call::{Described, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let acme = || json!({ "tenant": "acme" });
    vec![
        Function::of::<ResumeTenant>(Permission::EditTenants).example(acme()),
        Function::of::<ArchiveTenant>(Permission::ArchiveTenants).example(acme()),
        Function::of::<QuarantineTenant>(Permission::EditTenants)
            .example(json!({ "tenant": "acme", "reason": "its data is being mended", "for": "3d" })),
        Function::of::<ReleaseTenant>(Permission::EditTenants).example(acme()),
        Function::of::<EditTenant>(Permission::EditTenants)
            .example(json!({ "tenant": "acme", "name": "Acme Nederland", "tags": ["eu", "early"] })),
        Function::of::<TestTenant>(Permission::View).example(acme()),
        Function::of::<ResolveTenant>(Permission::Resolve)
            .example(json!({ "tenant": "acme", "how": "applied", "reason": "finished by hand" })),
        Function::of::<UnlockTenant>(Permission::BreakLocks)
            .example(json!({ "tenant": "acme", "confirm": "acme", "session": "4711@2026-01-26T14:02:13.916Z" })),
        Function::of::<DeleteTenant>(Permission::DeleteTenants)
            .accepted()
            .asking(&[Guard::Delete])
            .example(json!({ "tenant": "acme", "confirm": "acme", "backup": true })),
    ]
}

/// Lets a suspended tenant in again; an archived one for whoever may archive.
#[server(prefix = "/api/v1", endpoint = "tenants/resume", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn resume_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<TenantRow, Problem> {
    Ok(acts::resume(&Door::here()?, &tenant).await?)
}

/// Puts a tenant away for good, with its database.
#[server(prefix = "/api/v1", endpoint = "tenants/archive", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn archive_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<TenantRow, Problem> {
    Ok(acts::archive(&Door::here()?, &tenant).await?)
}

/// Leaves a tenant out of runs on the fleet for a while; a run that names it still works on it.
#[server(prefix = "/api/v1", endpoint = "tenants/quarantine", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn quarantine_tenant(
    /// Slug or id.
    tenant: String,
    /// Why, for whoever is on duty next.
    reason: String,
    /// How long: `12h`, `7d`. A week unless said.
    r#for: Option<String>,
    /// Who looks after it; whoever asks unless said.
    owner: Option<String>,
) -> Result<TenantRow, Problem> {
    Ok(acts::quarantine(&Door::here()?, &tenant, &reason, r#for.as_deref(), owner.as_deref()).await?)
}

/// Ends a quarantine before its time.
#[server(prefix = "/api/v1", endpoint = "tenants/release", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn release_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<TenantRow, Problem> {
    Ok(acts::release(&Door::here()?, &tenant).await?)
}

/// Gives a tenant another name and other tags, and says what its application reads: all that is said, or nothing.
///
/// What is not said stays as it is, whatever somebody else does to it meanwhile.
#[server(prefix = "/api/v1", endpoint = "tenants/edit", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn edit_tenant(
    /// Slug or id.
    tenant: String,
    /// As people read it.
    name: Option<String>,
    /// In the place of all that it has.
    tags: Option<Vec<String>>,
    /// Tags besides those that it has.
    add: Option<Vec<String>>,
    /// Tags that it is to have no more.
    remove: Option<Vec<String>>,
    /// How the passwords of its users are hashed that are set from here on; as it is unless said.
    password_hash: Option<PasswordHash>,
) -> Result<TenantRow, Problem> {
    let (add, remove) = (add.unwrap_or_default(), remove.unwrap_or_default());
    Ok(acts::edit(&Door::here()?, &tenant, &Edit { name, tags, add, remove, password_hash }).await?)
}

/// Connects to a tenant as its own role, and reads its ledger.
#[server(prefix = "/api/v1", endpoint = "tenants/test", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn test_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<Tested, Problem> {
    Ok(acts::test(&Door::here()?, &tenant).await?)
}

/// Gets a tenant out of a migration that was begun and never finished.
///
/// Without `how` nothing is done: it says which migration, which statement failed, what went through.
#[server(prefix = "/api/v1", endpoint = "tenants/resolve", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn resolve_tenant(
    /// Slug or id.
    tenant: String,
    /// What is true of it, or what is to be done.
    how: Option<Decision>,
    /// The statement to continue at, from 1; the one that failed unless said.
    from: Option<usize>,
    /// Why, for the record.
    reason: Option<String>,
) -> Result<Resolution, Problem> {
    Ok(acts::resolve(&Door::here()?, &tenant, how, from, reason.as_deref()).await?)
}

/// Ends the session that holds a tenant's migration lock, and no other.
///
/// `tenants/show` with `lock` says who it is. What the session has not committed is lost.
#[server(prefix = "/api/v1", endpoint = "tenants/unlock", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn unlock_tenant(
    /// Slug or id.
    tenant: String,
    /// Its slug, once more.
    confirm: String,
    /// The `session` of the lock that was shown.
    session: String,
    /// Why, for the record.
    reason: Option<String>,
) -> Result<BrokenLock, Problem> {
    Ok(acts::unlock(&Door::here()?, &tenant, &confirm, &session, reason.as_deref()).await?)
}

/// Drops a tenant's database after a backup; the record stays.
///
/// What takes long goes on by itself: while the `status` that is answered is not `deleted`, `tenants/show` by its id says when it is, and the audit
/// what came of it. Where it wants somebody else's yes, it is only asked for: the answer is the number of the request.
#[server(prefix = "/api/v1", endpoint = "tenants/delete", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn delete_tenant(
    /// Slug or id.
    tenant: String,
    /// Its slug, once more.
    confirm: String,
    /// `false`: drop it without a backup.
    backup: Option<bool>,
) -> Result<Begun<Deletion>, Problem> {
    Ok(begun(acts::delete(&Door::here()?, &tenant, &confirm, backup.unwrap_or(true)).await)?)
}
