//! How an application gets to its tenant's database.

use leptos::server;
use neo_model::{Engine, TenantStatus, Tls};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    crate::call::Function, crate::door::Door, crate::rooms::tenants::calls::connection, neo::actor::Permission,
    neo::tenants::Connection, secrecy::SecretString, serde_json::json,
};

use crate::call::{Described, Get, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<ConnectTenant>(Permission::View).connecting().tagged().example(json!({ "slug": "acme" }))]
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

#[cfg(not(target_arch = "wasm32"))]
impl From<(Connection, Option<SecretString>)> for TenantConnection {
    fn from((found, password): (Connection, Option<SecretString>)) -> Self {
        Self {
            tenant: found.slug,
            status: found.status,
            engine: found.engine,
            host: found.host,
            port: found.port,
            database: found.database,
            user: found.user,
            password: password.map(Secret::from),
            tls: found.tls,
            version: found.version,
        }
    }
}
