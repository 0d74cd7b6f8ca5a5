//! The database servers that tenants live on.

mod address;
mod credential;
mod harden;
mod new;
mod proof;
mod rotate;
mod set;
mod store;

use std::time::Duration;

use neo_model::ServerRow;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::template::Keeper;
use crate::engine::{self, Engine, Probe, Target, Tls};
use crate::error::{self, Advice, Do, Error, Result};
use crate::{Platform, audit, tenants};

pub(crate) use address::{percent_decode, unmoved};
use credential::{Passwords, seal};
pub(crate) use credential::{binding, next_binding};
pub use harden::{harden, hardening};
pub use new::{NewServer, parse_tls, read_authority};
pub(crate) use proof::{at_its_node, clusters, proof};
use proof::{leave_cluster, proved};
pub use rotate::rotate_password;
pub use set::{Changes, set};

/// The server that is there from the start.
pub const LOCAL: &str = "local";
/// How long an administrator's connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a statement of an administrator waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Server {
    pub id: String,
    pub name: String,
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub username: String,
    pub tls: Tls,
    /// SQLite: the folder of the tenants' files.
    pub path: String,
    pub max_connections: u32,
    /// Where applications are told to connect; empty: to `host`.
    pub app_host: String,
    /// 0: to `port`.
    pub app_port: u16,
    pub created_at: i64,
    /// The certificates of the authority that its own is from, in PEM, where that is one of its own.
    #[serde(skip)]
    pub tls_ca: Option<String>,
    #[serde(skip)]
    pub(crate) credential: Option<String>,
    /// The password that takes its place: sealed with the next generation before the server is told.
    #[serde(skip)]
    pub(crate) credential_next: Option<String>,
    #[serde(skip)]
    pub(crate) generation: i64,
    /// Sealed before the TLS mode was bound.
    #[serde(skip)]
    pub(crate) tls_unbound: bool,
}

impl Server {
    /// What a credential of this server, or of a tenant on it, is bound to.
    pub(crate) fn bound_tls(&self) -> Option<&'static str> {
        (self.tls != Tls::Off).then(|| self.tls.as_str())
    }
}

/// One server with how many tenants live on it.
#[derive(Debug, Clone, Serialize)]
pub struct ServerLoad {
    #[serde(flatten)]
    pub server: Server,
    pub tenants: i64,
}

impl From<Server> for ServerRow {
    fn from(server: Server) -> Self {
        Self {
            id: server.id,
            name: server.name,
            engine: server.engine,
            host: server.host,
            port: server.port,
            user: server.username,
            tls: server.tls,
            path: server.path,
            max_connections: server.max_connections,
            app_host: Some(server.app_host).filter(|host| !host.is_empty()),
            app_port: Some(server.app_port).filter(|port| *port != 0),
            tls_ca: server.tls_ca.is_some(),
            tenants: None,
            created_at: server.created_at,
        }
    }
}

impl From<ServerLoad> for ServerRow {
    fn from(load: ServerLoad) -> Self {
        Self { tenants: Some(load.tenants), ..load.server.into() }
    }
}

/// Makes sure of the default server `local`: SQLite under `<data_dir>/tenants`, wherever that is today.
pub async fn ensure_local(platform: &Platform) -> Result<()> {
    let folder = platform.config.data_dir.join("tenants");
    let folder = std::path::absolute(&folder)
        .map_err(|e| Error::config("DATA_DIR cannot be made an absolute path").cause(e.to_string()))?;
    // Where no file may be written at all, tenants live on other servers; a check of `local` says what is wrong with it.
    if let Err(e) = crate::config::private_dir(&folder) {
        tracing::warn!(error = %e, "the default server \"{LOCAL}\" has no folder");
    }
    let path = folder.display().to_string();
    let known = store::find(&mut *platform.central.read().await?, LOCAL).await?;
    match known {
        Some(server) if server.path == path => Ok(()),
        Some(server) => {
            let mut tx = platform.central.write().await?;
            store::set_path(&mut tx, &server.id, &path).await?;
            Ok(tx.commit().await?)
        }
        None => {
            let mut tx = platform.central.write().await?;
            // Two first starts at once: the other one was quicker.
            if store::find(&mut tx, LOCAL).await?.is_some() {
                return Ok(());
            }
            let server = Server {
                id: crate::id::new(),
                name: LOCAL.into(),
                engine: Engine::Sqlite,
                host: String::new(),
                port: 0,
                username: String::new(),
                tls: Tls::Off,
                path,
                max_connections: new::MAX_CONNECTIONS,
                app_host: String::new(),
                app_port: 0,
                tls_ca: None,
                created_at: 0,
                credential: None,
                credential_next: None,
                generation: 1,
                tls_unbound: false,
            };
            match store::insert(&mut tx, &server).await {
                Err(e) if e.kind == error::Kind::Conflict => Ok(()),
                Err(e) => Err(e),
                Ok(()) => Ok(tx.commit().await?),
            }
        }
    }
}

/// Probes (connects, creates and drops a scratch database), seals, stores.
pub async fn add(platform: &Platform, actor: &Actor, new: NewServer) -> Result<Server> {
    actor.authorise(Permission::ManageServers)?;
    new::refuse_taken(&new.name)?;
    let new = new.checked()?;
    if store::find(&mut *platform.central.read().await?, &new.name).await?.is_some() {
        return Err(taken(&new.name));
    }
    let mut server = Server {
        id: crate::id::new(),
        name: new.name,
        engine: new.engine,
        host: new.host,
        port: new.port,
        username: new.username,
        tls: new.tls,
        path: new.path.unwrap_or_default(),
        max_connections: new.max_connections,
        app_host: new.app_host,
        app_port: new.app_port,
        tls_ca: new.tls_ca,
        created_at: 0,
        credential: None,
        credential_next: None,
        generation: 1,
        tls_unbound: false,
    };
    if let Some(password) = &new.password {
        server.credential = Some(platform.vault.seal(password, &binding(&server)));
    }
    let body = json!({ "engine": server.engine, "host": server.host, "port": server.port, "tls": server.tls });
    let intent = audit::intent(platform, actor, "server.add", &subject(&server), &body).await?;
    let added = async {
        let target = admin_target(platform, &server)?;
        engine::probe(&target).await.map_err(|f| refused(&server, "cannot be used", &f))?;
        proved(&server, &target).await?;
        engine::probe_provisioning(&target)
            .await
            .map_err(|f| refused(&server, "cannot be provisioned on with this login", &f))?;
        let mut tx = platform.central.write().await?;
        store::insert(&mut tx, &server).await?;
        tx.commit().await?;
        find(platform, actor, &server.id).await
    }
    .await;
    intent.outcome(platform, &added).await?;
    added
}

pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<ServerLoad>> {
    actor.authorise(Permission::View)?;
    store::list(&mut *platform.central.read().await?, actor.confinement()).await
}

/// By id or name.
pub async fn find(platform: &Platform, actor: &Actor, key: &str) -> Result<Server> {
    actor.authorise(Permission::View)?;
    get(&mut *platform.central.read().await?, key).await
}

/// By id or name; the nearest names in the error.
pub(crate) async fn get(conn: &mut Conn, key: &str) -> Result<Server> {
    if let Some(server) = store::find(conn, key).await? {
        return Ok(server);
    }
    let names = store::names(conn).await?;
    Err(Error::not_found("server", key).nearest(error::nearest(key, names)).hint(Do::ListServers {}))
}

/// Connects and measures; an unreachable server is an `Err(Unavailable)` naming it.
pub async fn check(platform: &Platform, actor: &Actor, key: &str) -> Result<Probe> {
    actor.authorise(Permission::View)?;
    let server = find(platform, actor, key).await?;
    let target = admin_target(platform, &server)?;
    let probe = engine::probe(&target).await.map_err(|f| troubled(&server, "does not answer as it should", &f))?;
    proved(&server, &target).await?;
    Ok(probe)
}

/// Refused while tenants live on it, or what one had waits there. Its template is dropped. Its name is free for another then, as it is
/// when a server is renamed.
pub async fn remove(platform: &Platform, actor: &Actor, key: &str) -> Result<()> {
    actor.authorise(Permission::ManageServers)?;
    actor.authorise(Permission::SeeCredentials)?;
    let server = find(platform, actor, key).await?;
    if server.name == LOCAL {
        return Err(Error::conflict(format!("the default server \"{LOCAL}\" stays")));
    }
    refuse_inhabited(&mut *platform.central.read().await?, &server).await?;
    drop_template(platform, &server).await;
    leave_cluster(platform, &server).await;
    let mut tx = platform.central.write().await?;
    refuse_inhabited(&mut tx, &server).await?;
    if store::remove(&mut tx, &server.id).await? == 0 {
        return Err(Error::not_found("server", key));
    }
    audit::record(platform, &mut tx, actor, "server.remove", &subject(&server), &json!({})).await?;
    Ok(tx.commit().await?)
}

async fn refuse_inhabited(conn: &mut Conn, server: &Server) -> Result<()> {
    let living = store::tenants(conn, &server.id).await?;
    if living > 0 {
        let are = if living == 1 { "tenant lives" } else { "tenants live" };
        return Err(Error::conflict(format!("{living} {are} on server \"{}\"", server.name))
            .hint(Do::TenantsOn { server: server.name.clone() }));
    }
    tenants::refuse_kept_on(conn, server).await?;
    if let Some(slug) = store::waiting(conn, &server.id).await? {
        return Err(Error::conflict(format!(
            "what tenant \"{slug}\" had before a backup or a move is kept on server \"{}\"",
            server.name
        ))
        .cause("what takes its place is not whole yet")
        .hint(
            Advice::from("bring it to its end: ")
                .act(Do::RetryTenant { tenant: Some(slug.clone()) })
                .and("; or take back what it had: ")
                .act(Do::CleanUpTenant { tenant: slug }),
        ));
    }
    Ok(())
}

/// A server that is gone for good can be removed as well: its template is gone with it, or is named in the log.
async fn drop_template(platform: &Platform, server: &Server) {
    if !server.engine.has_templates() {
        return;
    }
    let dropped = async {
        let mut keeper = Keeper::open(&admin_target(platform, server)?, &server.id).await?;
        let dropped = match keeper.take(LOCK_TIMEOUT).await {
            Ok(_) => keeper.remove().await,
            Err(failure) => Err(failure),
        };
        keeper.close().await;
        Ok::<_, Error>(dropped?)
    };
    if let Err(e) = dropped.await {
        let template = engine::template::template_name(&server.id);
        tracing::warn!(server = server.name, template, error = %e, "the template of a removed server could not be dropped");
    }
}

/// Where to connect as this server's administrator: unsealed. Its maintenance database (postgres: `postgres`).
pub(crate) fn admin_target(platform: &Platform, server: &Server) -> Result<Target> {
    Ok(target_of(server, Passwords::of(platform, server)?))
}

fn target_of(server: &Server, passwords: Passwords) -> Target {
    Target {
        engine: server.engine,
        host: server.host.clone(),
        port: server.port,
        database: server.engine.maintenance_database().to_owned(),
        username: server.username.clone(),
        password: passwords.first,
        second: passwords.second,
        tls: server.tls,
        path: server.path.clone().into(),
        application_name: "neo:admin".into(),
        connect_timeout: CONNECT_TIMEOUT,
        lock_timeout: LOCK_TIMEOUT,
        tls_ca: server.tls_ca.as_deref().map(Into::into),
    }
}

pub(crate) fn subject(server: &Server) -> String {
    format!("server:{} {}", server.id, server.name)
}

fn taken(name: &str) -> Error {
    Error::conflict(format!("a server named \"{name}\" exists already")).hint(Do::ListServers {})
}

/// A database's refusal as an error that names the server.
fn refused(server: &Server, what: &str, failure: &engine::Failure) -> Error {
    let is_away = failure.category.is_transient() && !failure.is_of_a_pooler();
    let kind = if is_away { error::Kind::Unavailable } else { error::Kind::Conflict };
    let error = Error::new(kind, format!("server \"{}\" {what}", server.name)).cause(&failure.message);
    match (&failure.hint, kind) {
        (Some(hint), _) => error.hint(hint),
        (None, error::Kind::Unavailable) if server.engine.is_file() => {
            error.hint(format!("check that the folder {} can be written", server.path))
        }
        (None, error::Kind::Unavailable) => {
            error.hint(format!("check that {} can be reached", neo_model::place(&server.host, server.port)))
        }
        (None, _) => error,
    }
}

/// The same of a server that is known: its login may have been given another password, and Neo can be told.
fn troubled(server: &Server, what: &str, failure: &engine::Failure) -> Error {
    refused(server, what, &signed_out(server, failure.clone()))
}

/// A login that was let in once and is no longer.
pub(crate) fn signed_out(server: &Server, failure: engine::Failure) -> engine::Failure {
    match failure.is_wrong_password() {
        false => failure,
        true => {
            let way = Advice::from("its login may have another password by now, which Neo can be told: ")
                .act(Do::SetServer { server: server.name.clone() });
            let way = match &failure.hint {
                Some(other) => way.and("; or: ").then(other.clone()),
                None => way,
            };
            failure.hint(way)
        }
    }
}

/// A password typed as an empty line is none.
fn some_password(password: Option<SecretString>) -> Option<SecretString> {
    use secrecy::ExposeSecret;
    password.filter(|p| !p.expose_secret().is_empty())
}
