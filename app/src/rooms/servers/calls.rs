//! What the server functions about database servers do.

use std::path::PathBuf;

use neo::error::Result;
use neo::servers::{self, Changes, NewServer};
use neo_model::{Engine, Hardening, Probe, Removed, ServerRow, Tls};
use secrecy::SecretString;

use crate::door::Door;

/// A server as it is asked for.
pub struct Wanted {
    pub name: String,
    pub engine: Engine,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    pub tls: Option<Tls>,
    pub insecure: Option<bool>,
    pub path: Option<String>,
    pub max_connections: Option<u32>,
    pub app_host: Option<String>,
    pub app_port: Option<u16>,
    pub tls_ca: Option<String>,
}

impl From<Wanted> for NewServer {
    fn from(wanted: Wanted) -> Self {
        Self {
            name: wanted.name,
            engine: wanted.engine,
            host: wanted.host.unwrap_or_default(),
            port: wanted.port.unwrap_or_default(),
            username: wanted.username.unwrap_or_default(),
            password: wanted.password,
            tls: wanted.tls,
            insecure: wanted.insecure.unwrap_or_default(),
            path: wanted.path.map(PathBuf::from),
            max_connections: wanted.max_connections,
            app_host: wanted.app_host,
            app_port: wanted.app_port,
            tls_ca: wanted.tls_ca,
        }
    }
}

pub async fn list(door: &Door) -> Result<Vec<ServerRow>> {
    Ok(servers::list(&door.platform, &door.actor).await?.into_iter().map(ServerRow::from).collect())
}

pub async fn add(door: &Door, wanted: Wanted) -> Result<ServerRow> {
    Ok(servers::add(&door.platform, &door.actor, wanted.into()).await?.into())
}

pub async fn set(door: &Door, server: &str, changes: Changes) -> Result<ServerRow> {
    Ok(servers::set(&door.platform, &door.actor, server, changes).await?.into())
}

pub async fn rotate_password(door: &Door, server: &str) -> Result<ServerRow> {
    Ok(servers::rotate_password(&door.platform, &door.actor, server).await?.into())
}

pub async fn check(door: &Door, server: &str) -> Result<Probe> {
    servers::check(&door.platform, &door.actor, server).await
}

pub async fn harden(door: &Door, server: String, dry_run: bool) -> Result<Hardening> {
    let Door { platform, actor, .. } = door;
    let found = servers::hardening(platform, actor, &server).await?;
    let left = match dry_run || !found.iter().any(|opening| opening.may) {
        true => found.clone(),
        false => servers::harden(platform, actor, &server).await?,
    };
    Ok(Hardening { server, found, left })
}

pub async fn remove(door: &Door, server: String) -> Result<Removed> {
    servers::remove(&door.platform, &door.actor, &server).await?;
    Ok(Removed { removed: server })
}
