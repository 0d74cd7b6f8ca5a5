//! Server functions about database servers: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{Engine, Hardening, Probe, Removed, ServerRow, Tls};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListServers>(Permission::View),
        Function::of::<AddServer>(Permission::ManageServers)
            .example(json!({ "name": "files-1", "engine": "sqlite", "path": "/srv/neo/tenants" })),
        Function::of::<SetServer>(Permission::ManageServers)
            .example(json!({ "server": "local", "max_connections": 40 })),
        Function::of::<RotateServerPassword>(Permission::ManageServers).example(json!({ "server": "pg-eu-1" })),
        Function::of::<CheckServer>(Permission::View).example(json!({ "server": "local" })),
        Function::of::<HardenServer>(Permission::ManageServers).example(json!({ "server": "local", "dry_run": true })),
        Function::of::<RemoveServer>(Permission::SeeCredentials).example(json!({ "server": "files-1" })),
    ]
}

/// The database servers that tenants live on, by name.
#[server(prefix = "/api/v1", endpoint = "servers", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_servers() -> Result<Vec<ServerRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// Adds a server. It is tried first: Neo connects, and makes and drops a scratch database.
#[server(prefix = "/api/v1", endpoint = "servers/add", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the body")]
pub async fn add_server(
    /// As tenants and commands will call it: 1 to 63 lower-case letters, digits, - and _.
    name: String,
    /// What runs there.
    engine: Engine,
    /// Name or address; for `sqlite` none.
    host: Option<String>,
    /// The engine's usual one unless said.
    port: Option<u16>,
    /// Who may create databases and roles there; for `sqlite` nobody.
    username: Option<String>,
    /// Sealed before it is kept, and never shown again.
    password: Option<Secret>,
    /// How the connection is protected: verify-full, or off on this machine itself, unless said.
    tls: Option<Tls>,
    /// With `tls` off: passwords and rows may go to another machine in the clear.
    insecure: Option<bool>,
    /// For `sqlite`: the folder of the tenants' files, on the console's machine.
    path: Option<String>,
    /// Tenants worked on at once there: 1 to 10000, 20 unless said.
    max_connections: Option<u32>,
    /// Where applications are told to connect, if it is not `host`: a pooler, another network.
    app_host: Option<String>,
    /// The same for `port`.
    app_port: Option<u16>,
    /// The certificates of the authority that the server's own is from, in PEM, where the console's machine does not trust it
    /// anyway. It is for `tls` verify-full, which it is then unless said.
    tls_ca: Option<String>,
) -> Result<ServerRow, Problem> {
    let password = password.map(Into::into);
    let new = calls::Wanted {
        name,
        engine,
        host,
        port,
        username,
        password,
        tls,
        insecure,
        path,
        max_connections,
        app_host,
        app_port,
        tls_ca,
    };
    Ok(calls::add(&Door::here()?, new).await?)
}

/// Changes what is said of a server; what is not stays. It is tried first as a new one is. Where its address or TLS mode is another,
/// some of its tenants are signed in to there, and the passwords of all are sealed anew; no run may be at work on it then.
#[server(prefix = "/api/v1", endpoint = "servers/set", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the body")]
pub async fn set_server(
    /// Name or id.
    server: String,
    /// Another name for it.
    name: Option<String>,
    /// Name or address.
    host: Option<String>,
    /// 0: the engine's usual one.
    port: Option<u16>,
    /// Who may create databases and roles there.
    username: Option<String>,
    /// The one that its login has by now. Sealed, and never shown again.
    password: Option<Secret>,
    /// How the connection is protected.
    tls: Option<Tls>,
    /// With `tls` off: passwords and rows may go to another machine in the clear.
    insecure: Option<bool>,
    /// Tenants worked on at once there: 1 to 10000.
    max_connections: Option<u32>,
    /// Where applications are told to connect; empty: where Neo does.
    app_host: Option<String>,
    /// The same for the port; 0: where Neo does.
    app_port: Option<u16>,
    /// The certificates of the authority that its own is from, in PEM; empty: those that the console's machine trusts.
    tls_ca: Option<String>,
) -> Result<ServerRow, Problem> {
    let password = password.map(Into::into);
    let insecure = insecure.unwrap_or_default();
    let changes = neo::servers::Changes {
        name,
        host,
        port,
        username,
        password,
        tls,
        insecure,
        max_connections,
        app_host,
        app_port,
        tls_ca,
    };
    Ok(calls::set(&Door::here()?, &server, changes).await?)
}

/// Gives a server's login a new password that nobody but Neo knows. Broken off, it may be asked for again: until the new one is
/// proven, both are known.
#[server(prefix = "/api/v1", endpoint = "servers/rotate-password", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn rotate_server_password(
    /// Name or id.
    server: String,
) -> Result<ServerRow, Problem> {
    Ok(calls::rotate_password(&Door::here()?, &server).await?)
}

/// Connects to a server and measures.
#[server(prefix = "/api/v1", endpoint = "servers/check", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn check_server(
    /// Name or id.
    server: String,
) -> Result<Probe, Problem> {
    Ok(calls::check(&Door::here()?, &server).await?)
}

/// Shuts a server's own databases to everybody who was not let in by name, as far as its login may.
#[server(prefix = "/api/v1", endpoint = "servers/harden", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn harden_server(
    /// Name or id.
    server: String,
    /// Only look what would be done.
    dry_run: Option<bool>,
) -> Result<Hardening, Problem> {
    Ok(calls::harden(&Door::here()?, server, dry_run.unwrap_or_default()).await?)
}

/// Forgets a server that no tenant lives on, and its sealed password. Nothing there is touched but Neo's own template.
#[server(prefix = "/api/v1", endpoint = "servers/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_server(
    /// Name or id.
    server: String,
) -> Result<Removed, Problem> {
    Ok(calls::remove(&Door::here()?, server).await?)
}
