//! How an application gets to its tenant's database: where it is, and with which password. For tokens that were made for it, and for
//! a superadmin who asks for one tenant. Asked at each of an application's own requests, so it costs two short looks at the central
//! database, and the vault is opened only where the password is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{Status, Tenant, file, get, store, subject, target};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::audit;
use crate::engine::{Engine, Tls};
use crate::error::{Error, Result};
use crate::servers::{self, Server};

/// That a token was told a tenant's password is written down once in this time.
const TOLD: Duration = Duration::from_secs(24 * 60 * 60);
/// Beyond this many the oldest are forgotten, and written down again.
const REMEMBERED: usize = 100_000;

/// Which tenant is meant.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    Slug(&'a str),
    /// The first label of its own address, which a tenant that was archived has no longer.
    Address(&'a str),
}

/// Where a tenant's database is. The password is not in it: [`tell`] opens it.
pub struct Connection {
    pub slug: String,
    pub status: Status,
    pub engine: Engine,
    /// None where it is a file.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// Its name, or the path of the file.
    pub database: String,
    pub user: Option<String>,
    pub tls: Tls,
    pub version: Option<i64>,
    /// Another one whenever any of this or the password is another.
    pub tag: String,
    tenant: Tenant,
    server: Server,
}

/// How a tenant's role signs in. No Debug: it is nothing but secrets.
pub struct Passwords {
    pub password: SecretString,
    /// The one that follows it, while it is renewed: the server may know either.
    pub next: Option<SecretString>,
}

/// All that whoever connects to a tenant needs. No Debug: it holds passwords.
pub struct Credentials {
    pub tenant: String,
    pub status: Status,
    pub engine: Engine,
    /// None where it is a file.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// Its name, or the path of the file.
    pub database: String,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// To be tried where the first is refused: a renewal is on its way.
    pub next_password: Option<SecretString>,
    pub tls: Tls,
    pub version: Option<i64>,
}

impl Credentials {
    /// What is told of a connection: with its passwords, or without.
    pub fn new(connection: Connection, passwords: Option<Passwords>) -> Self {
        let Connection { slug, status, engine, host, port, database, user, tls, version, .. } = connection;
        let (password, next_password) = match passwords {
            Some(Passwords { password, next }) => (Some(password), next),
            None => (None, None),
        };
        Self { tenant: slug, status, engine, host, port, database, user, password, next_password, tls, version }
    }
}

/// The credentials of one tenant, for a person. Of one that is suspended too: whoever has to look into it is a superadmin, and says
/// who they are. That they were told is in the audit before they are, each time.
pub async fn credentials(platform: &Platform, actor: &Actor, key: &str) -> Result<Credentials> {
    actor.authorise(Permission::SeeCredentials)?;
    let tenant = get(&mut *platform.central.read().await?, actor, key).await?;
    if tenant.status == Status::Deleted {
        return Err(Error::conflict(format!(
            "tenant \"{}\" is deleted: there is nothing left to connect to",
            tenant.slug
        )));
    }
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let connection = Connection::of(tenant, server);
    let passwords = connection.passwords(platform)?;
    connection.record(platform, actor, "tenant.credentials").await?;
    Ok(Credentials::new(connection, passwords))
}

/// Looks up where a tenant's database is.
pub async fn connection(platform: &Platform, actor: &Actor, whose: Whose<'_>) -> Result<Connection> {
    actor.authorise_connecting()?;
    actor.authorise(Permission::View)?;
    let (key, at_its_address) = match whose {
        Whose::Slug(slug) => (slug, false),
        Whose::Address(label) => (label, true),
    };
    let found = store::find(&mut *platform.central.read().await?, key).await?.filter(|tenant| {
        let is_there = match tenant.status {
            Status::Deleted => false,
            Status::Archived => !at_its_address,
            Status::Provisioning | Status::Active | Status::Suspended | Status::Failed => true,
        };
        is_there
            && tenant.slug == key
            && actor.confinement().is_none_or(|inside| inside.holds(&tenant.slug, &tenant.tags))
    });
    // What comes close is not looked for: addresses come from strangers, through the application.
    let tenant = found.ok_or_else(|| Error::not_found("tenant", key))?;
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    Ok(Connection::of(tenant, server))
}

/// The password, where there is one and the tenant is at work. That it was told is in the audit before it is.
pub async fn tell(platform: &Platform, actor: &Actor, connection: &Connection) -> Result<Option<Passwords>> {
    actor.authorise_connecting()?;
    if connection.status != Status::Active {
        return Ok(None);
    }
    let Some(passwords) = connection.passwords(platform)? else { return Ok(None) };
    let to = (actor.key(), connection.tenant.id.clone());
    if !platform.told.is_known(&to) {
        connection.record(platform, actor, "tenant.connect").await?;
        platform.told.remember(to);
    }
    Ok(Some(passwords))
}

impl Connection {
    fn of(tenant: Tenant, server: Server) -> Self {
        let is_file = server.engine.is_file();
        let beyond = |text: &str| (!is_file).then(|| text.to_owned());
        let database = match is_file {
            true => {
                let file = file(&server.path, &tenant.database);
                std::path::absolute(&file).unwrap_or(file).display().to_string()
            }
            false => tenant.database.clone(),
        };
        let (told, port) = server.app_address();
        let (host, user) = (beyond(told), beyond(&tenant.username));
        let mut connection = Self {
            slug: tenant.slug.clone(),
            status: tenant.status,
            engine: server.engine,
            host,
            port: (!is_file).then_some(port),
            database,
            user,
            tls: server.tls,
            version: tenant.version,
            tag: String::new(),
            tenant,
            server,
        };
        connection.tag = connection.digest();
        connection
    }

    /// None where the database asks for none.
    fn passwords(&self, platform: &Platform) -> Result<Option<Passwords>> {
        let target = target(platform, &self.tenant, &self.server)?;
        Ok(target.password.map(|password| Passwords { password, next: target.second }))
    }

    /// That its password is about to be told.
    async fn record(&self, platform: &Platform, actor: &Actor, action: &str) -> Result<()> {
        let Self { tenant, server, .. } = self;
        let body = json!({
            "database": tenant.database, "user": tenant.username, "server": server.name, "status": tenant.status,
        });
        let mut tx = platform.central.write().await?;
        audit::take_turn(&mut tx).await?;
        audit::record(platform, &mut tx, actor, action, &subject(tenant), &body).await?;
        Ok(tx.commit().await?)
    }

    fn digest(&self) -> String {
        let Self { slug, status, engine, host, port, database, user, tls, version, tenant, .. } = self;
        let sealed = (&tenant.credential, &tenant.credential_next, tenant.generation);
        let said = json!([slug, status, engine, host, port, database, user, tls, version, tenant.id, sealed]);
        hex::encode(&Sha256::digest(said.to_string())[..16])
    }
}

/// Who was told which tenant's password, by this process.
#[derive(Default)]
pub struct Told(Mutex<HashMap<(String, String), Instant>>);

impl Told {
    fn is_known(&self, to: &(String, String)) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(to).is_some_and(|at| at.elapsed() < TOLD)
    }

    fn remember(&self, to: (String, String)) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= REMEMBERED {
            told.retain(|_, at| at.elapsed() < TOLD);
        }
        if told.len() >= REMEMBERED {
            told.clear();
        }
        told.insert(to, Instant::now());
    }
}
