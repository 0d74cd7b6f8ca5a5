//! How an application, or a person, gets to a tenant's database.

use leptos::server;
use neo_model::{Begun, Engine, RunStarted, TenantStatus, Tls};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::{Function, begun},
    crate::door::Door,
    crate::rooms::tenants::calls::connection,
    neo::actor::Permission,
    neo::requests::Guard,
    neo::tenants::Credentials,
    serde_json::json,
};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ConnectTenant>(Permission::View).connecting().tagged().example(json!({ "slug": "acme" })),
        Function::of::<TellCredentials>(Permission::SeeCredentials).example(json!({ "tenant": "acme" })),
        Function::of::<RotatePassword>(Permission::RotatePasswords)
            .accepted()
            .asking(&[Guard::AllTenants])
            .example(json!({ "tenants": ["acme"], "reason": "somebody has left" })),
    ]
}

/// Where a tenant's database is, and how to get in.
#[derive(Debug, Clone, Serialize, Deserialize, Described)]
pub struct TenantConnection {
    /// Its slug.
    pub tenant: String,
    /// Only a tenant that is active has a password here.
    pub status: TenantStatus,
    pub engine: Engine,
    /// Null on SQLite, as are `port` and `user`.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// On SQLite the path of the file.
    pub database: String,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// To be tried where `password` is refused: it is being renewed. Null at all other times.
    pub next_password: Option<Secret>,
    pub tls: Tls,
    /// Of its schema.
    pub version: Option<i64>,
}

/// Where a tenant's database is, and its password while the tenant is active.
///
/// For whoever serves tenants, at each of their own requests: with the `ETag` of the answer before, 304 while nothing has changed.
#[server(prefix = "/api/v1", endpoint = "tenants/connection", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn connect_tenant(
    /// The tenant's slug; this or `host`.
    slug: Option<String>,
    /// The tenant's own address: `acme.example.com`, with a port or without.
    host: Option<String>,
) -> Result<TenantConnection, Problem> {
    Ok(connection::connect(&Door::here()?, slug.as_deref(), host.as_deref()).await?.into())
}

/// The same of one tenant, with its password whatever its status is: for a superadmin, and for a token that was made to connect.
///
/// That it was told is in the audit, each time.
#[server(prefix = "/api/v1", endpoint = "tenants/credentials", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn tell_credentials(
    /// Slug or id.
    tenant: String,
) -> Result<TenantConnection, Problem> {
    Ok(connection::credentials(&Door::here()?, &tenant).await?.into())
}

/// Gives the logins of tenants new passwords: a run, which workers do.
///
/// The login of an adopted database is not Neo's to change, and fails; a SQLite file has none, and is skipped.
/// Where all are meant and that wants somebody else's yes, it is only asked for: the answer is the number of the request.
#[server(prefix = "/api/v1", endpoint = "tenants/rotate-password", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn rotate_password(
    /// Slugs or ids; this, or `all`.
    tenants: Option<Vec<String>>,
    /// All active tenants.
    all: Option<bool>,
    /// Of these, those with all of these tags.
    tags: Option<Vec<String>>,
    /// Only passwords that are older than this: `90d`.
    older_than: Option<String>,
    /// Why, for the record.
    reason: Option<String>,
) -> Result<Begun<RunStarted>, Problem> {
    let asked = connection::Rotation {
        tenants: tenants.unwrap_or_default(),
        all: all.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        older_than,
        reason,
    };
    Ok(begun(connection::rotate(&Door::here()?, asked).await)?)
}

#[cfg(not(target_arch = "wasm32"))]
impl From<Credentials> for TenantConnection {
    fn from(told: Credentials) -> Self {
        Self {
            tenant: told.tenant,
            status: told.status,
            engine: told.engine,
            host: told.host,
            port: told.port,
            database: told.database,
            user: told.user,
            password: told.password.map(Secret::from),
            next_password: told.next_password.map(Secret::from),
            tls: told.tls,
            version: told.version,
        }
    }
}

/// As the command line from afar reads it.
#[cfg(not(target_arch = "wasm32"))]
impl From<TenantConnection> for Credentials {
    fn from(told: TenantConnection) -> Self {
        Self {
            tenant: told.tenant,
            status: told.status,
            engine: told.engine,
            host: told.host,
            port: told.port,
            database: told.database,
            user: told.user,
            password: told.password.map(Into::into),
            next_password: told.next_password.map(Into::into),
            tls: told.tls,
            version: told.version,
        }
    }
}
