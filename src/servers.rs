//! The database servers that tenants live on.
use crate::{
    Platform,
    actor::Actor,
    engine::{Engine, Probe, Target, Tls},
    error::Result,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Server {
    pub id: String,
    pub name: String,
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub username: String,
    pub tls: Tls,
    pub path: String,
    pub max_connections: u32,
    pub created_at: i64,
    #[serde(skip)]
    pub(crate) credential: Option<String>,
    #[serde(skip)]
    pub(crate) generation: i64,
}

pub struct NewServer {
    pub name: String,
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub username: String,
    pub password: Option<SecretString>,
    pub tls: Tls,
    pub path: Option<std::path::PathBuf>,
    pub max_connections: u32,
}

/// One server with how many tenants live on it.
#[derive(Debug, Clone, Serialize)]
pub struct ServerLoad {
    #[serde(flatten)]
    pub server: Server,
    pub tenants: i64,
}

/// Makes sure of the default server `local`: SQLite under `<data_dir>/tenants`.
pub async fn ensure_local(_platform: &Platform) -> Result<()> {
    todo!()
}
/// Probes (connects, creates and drops a scratch database), seals, stores.
pub async fn add(_platform: &Platform, _actor: &Actor, _new: NewServer) -> Result<Server> {
    todo!()
}
pub async fn list(_platform: &Platform, _actor: &Actor) -> Result<Vec<ServerLoad>> {
    todo!()
}
/// By id or name.
pub async fn find(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Server> {
    todo!()
}
/// Connects and measures; an unreachable server is an `Err(Unavailable)` naming it.
pub async fn check(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Probe> {
    todo!()
}
/// Refused while tenants live on it.
pub async fn remove(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<()> {
    todo!()
}
/// Where to connect as this server's administrator: unsealed. Its maintenance database (postgres: `postgres`).
pub(crate) fn admin_target(_platform: &Platform, _server: &Server) -> Result<Target> {
    todo!()
}
