//! What is told of database servers.

use serde::{Deserialize, Serialize};

use crate::{Engine, Tls};

/// A database server that tenants live on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ServerRow {
    pub id: String,
    pub name: String,
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub tls: Tls,
    /// SQLite: the folder of the tenants' files.
    pub path: String,
    /// Tenants worked on at once there.
    pub max_connections: u32,
    /// Where applications are told to connect: a pooler, another network. Null: to `host`.
    #[serde(default)]
    pub app_host: Option<String>,
    /// Null: to `port`.
    #[serde(default)]
    pub app_port: Option<u16>,
    /// Whether an authority of its own is trusted there, besides those that the machine trusts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls_ca: bool,
    /// How many tenants live there; in a list alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants: Option<i64>,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
}

impl ServerRow {
    /// Where it is: a folder, or where it is reached.
    pub fn place(&self) -> String {
        if self.engine.is_file() { self.path.clone() } else { place(&self.host, self.port) }
    }

    /// Where applications are told to connect, if that is not where Neo does.
    pub fn app_place(&self) -> Option<String> {
        let host = self.app_host.as_deref().unwrap_or(&self.host);
        let is_said = self.app_host.is_some() || self.app_port.is_some();
        is_said.then(|| place(host, self.app_port.unwrap_or(self.port)))
    }
}

/// Where a server is reached: `host:port`, an address of IPv6 in brackets, a socket by itself.
pub fn place(host: &str, port: u16) -> String {
    match host {
        socket if socket.starts_with('/') => socket.to_owned(),
        address if address.contains(':') => format!("[{address}]:{port}"),
        name => format!("{name}:{port}"),
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Probe {
    pub version: String,
    pub latency_ms: i64,
    /// Connections that may still be opened, where the engine can tell.
    pub headroom: Option<i64>,
}

/// One thing that everybody may in a server's own databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Opening {
    pub database: String,
    /// In one line.
    pub what: String,
    /// What shuts it, to be run in that database, in one transaction. Names are quoted.
    pub statements: Vec<String>,
    /// Whether Neo's login there may: it has to own the database, or its schema.
    pub may: bool,
}

/// What a server let everybody do, and what of it is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Hardening {
    pub server: String,
    pub found: Vec<Opening>,
    pub left: Vec<Opening>,
}

/// What is there no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Removed {
    /// Its name.
    pub removed: String,
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_server_is_where_one_would_write_that_it_is() {
        for (host, place) in
            [("db.example.com", "db.example.com:5432"), ("::1", "[::1]:5432"), ("/run/postgresql", "/run/postgresql")]
        {
            assert_eq!(super::place(host, 5432), place);
        }
    }
}
