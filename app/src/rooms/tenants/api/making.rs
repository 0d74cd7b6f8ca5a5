//! Tenants are made, adopted, tried again, and cleaned up after.

use leptos::server;
use neo_model::{Adopted, CleanedUp, Creating, PasswordHash, Provisioning};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::Function,
    crate::door::Door,
    crate::rooms::tenants::calls::making,
    axum::http::StatusCode,
    neo::actor::Permission,
    neo::tenants::{Entry, FirstAdmin, NewTenant},
    serde_json::json,
};

use crate::call::{Described, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<CreateTenant>(Permission::ProvisionTenants).accepted().or_with(StatusCode::OK, "With `dry_run`: it could be made.").example(json!({
            "slug": "beta",
            "name": "Beta",
            "tags": ["early"],
            "admin": { "email": "ada@beta.example", "password": "seven small boats at noon", "first_name": "Ada", "last_name": "Lovelace" },
        })),
        Function::of::<AdoptTenant>(Permission::AdoptTenants)
            .example(json!({ "slug": "corp", "server": "local", "database": "/srv/corp.db", "dry_run": true })),
        Function::of::<RetryTenant>(Permission::ProvisionTenants).accepted().example(json!({ "tenant": "acme" })),
        Function::of::<CleanUpTenant>(Permission::ProvisionTenants).example(json!({ "tenant": "acme" })),
    ]
}

/// The first user of a tenant, with the role `admin` inside it.
#[derive(Debug, Clone, Serialize, Deserialize, Described)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub email: String,
    /// At least 12 characters.
    pub password: Secret,
    /// What stands before the @ unless said.
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

/// Makes a tenant: a database of its own, at the newest version.
///
/// A worker does it; `runs/events` tells how far it is.
#[server(prefix = "/api/v1", endpoint = "tenants/create", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the body")]
pub async fn create_tenant(
    /// Lower-case letters, digits and hyphens: its address, for good.
    slug: String,
    /// As people read it; the slug unless said.
    name: Option<String>,
    /// The name of the server to live on; `local` unless said.
    server: Option<String>,
    /// What it is found and migrated by.
    tags: Option<Vec<String>>,
    /// Its first user.
    admin: Option<Admin>,
    /// How the passwords of its users are hashed that are set here, as its application reads them; `argon2id` unless said.
    password_hash: Option<PasswordHash>,
    /// Only say whether it could be made: nothing is.
    dry_run: Option<bool>,
) -> Result<Creating, Problem> {
    let admin = admin.map(|Admin { email, password, first_name, last_name }| FirstAdmin {
        email,
        password: password.into(),
        first_name: first_name.unwrap_or_default(),
        last_name: last_name.unwrap_or_default(),
    });
    let (tags, password_hash) = (tags.unwrap_or_default(), password_hash.unwrap_or_default());
    let new = NewTenant { slug, name, server, tags, admin, password_hash, detached: false };
    let door = Door::here()?;
    if dry_run.unwrap_or_default() {
        door.answer_with(StatusCode::OK);
        return Ok(making::check(&door, new).await?);
    }
    Ok(Creating::Begun(making::create(&door, new).await?))
}

/// Registers a database that exists already, or says what that would come to.
#[server(prefix = "/api/v1", endpoint = "tenants/adopt", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the body")]
pub async fn adopt_tenant(
    /// Lower-case letters, digits and hyphens: its address, for good.
    slug: String,
    /// As people read it; the slug unless said.
    name: Option<String>,
    /// The name of the server it lives on; `local` unless said.
    server: Option<String>,
    /// Its name; on SQLite the path of the file.
    database: String,
    /// The role that it is opened with.
    user: Option<String>,
    /// Of that role.
    password: Option<Secret>,
    /// The same as the replaced system has sealed it.
    sealed_password: Option<Secret>,
    /// How the passwords of its users are hashed that are set here, as its application reads them; `argon2id` unless said.
    password_hash: Option<PasswordHash>,
    /// The table of knex's record, where it is not `knex_migrations`.
    record_table: Option<String>,
    /// There is no record, and none of the migrations has been applied there.
    no_record: Option<bool>,
    /// Only look: nothing is touched.
    dry_run: Option<bool>,
) -> Result<Adopted, Problem> {
    let [password, sealed_password] = [password, sealed_password].map(|secret| secret.map(String::from));
    let entry =
        Entry { slug, name, server, database, user, password, sealed_password, password_hash, record_table, no_record };
    Ok(making::adopt(&Door::here()?, &entry, dry_run.unwrap_or_default()).await?)
}

/// Goes on with a provisioning that failed, from the step that failed.
#[server(prefix = "/api/v1", endpoint = "tenants/retry", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn retry_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<Provisioning, Problem> {
    Ok(making::retry(&Door::here()?, &tenant).await?)
}

/// Undoes a provisioning that failed: what it has made is dropped, and the slug is free again.
#[server(prefix = "/api/v1", endpoint = "tenants/clean-up", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn clean_up_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<CleanedUp, Problem> {
    Ok(making::clean_up(&Door::here()?, &tenant).await?)
}
