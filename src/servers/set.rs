//! What is to be another at a server that is known: tried before it is kept, and all that is sealed to it sealed anew with it.

use futures::future::join_all;
use neo_model::place;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::new::{NewServer, refuse_taken};
use super::{LOCAL, Passwords, Server, find, proved, refused, seal, some_password, store, subject, taken, target_of};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::{self, Connection, Failure, Target, Tls};
use crate::error::{Advice, Do, Error, Result, printable};
use crate::tenants::{self, Tenant};
use crate::{Platform, audit};

/// So many tenants are signed in to where a server has moved.
const SAMPLE: i64 = 5;
/// So often everything is sealed anew, where tenants come and go meanwhile.
const TRIES: u32 = 5;

/// What is said is to be so; what is not stays.
#[derive(Default)]
pub struct Changes {
    pub name: Option<String>,
    pub host: Option<String>,
    /// 0: the engine's usual port.
    pub port: Option<u16>,
    pub username: Option<String>,
    /// Empty: a server that asks for none.
    pub password: Option<SecretString>,
    pub tls: Option<Tls>,
    /// That passwords and rows may go to another machine in the clear.
    pub insecure: bool,
    pub max_connections: Option<u32>,
    /// Empty: applications are told the server's own address, unless a port is said as well.
    pub app_host: Option<String>,
    /// 0: the server's own port.
    pub app_port: Option<u16>,
    /// In PEM. Empty: whom the machine trusts.
    pub tls_ca: Option<String>,
}

/// Changes a server. Where it is connected to in another way than before, it is probed as a new one is; where it has moved, some of its
/// tenants are signed in to there. Nothing is kept of what does not work.
pub async fn set(platform: &Platform, actor: &Actor, key: &str, changes: Changes) -> Result<Server> {
    actor.authorise(Permission::ManageServers)?;
    let old = find(platform, actor, key).await?;
    if changes.body().is_empty() {
        return Err(Error::invalid("server", format!("nothing was said that is to be another at \"{}\"", old.name)));
    }
    let changes = changes.beside(&old);
    let body = changes.body();
    if body.is_empty() {
        return Ok(old);
    }
    let body = both_sides(&old, body);
    let password = changes.password.clone();
    let mut new = changes.applied_to(&old)?;
    // A name that is another's id would be read as either.
    if store::find(&mut *platform.central.read().await?, &new.name).await?.is_some_and(|other| other.id != old.id) {
        return Err(taken(&new.name));
    }
    let has_moved = !new.is_sealed_like(&old);
    let is_told_elsewhere = (&new.app_host, new.app_port) != (&old.app_host, old.app_port);
    if has_moved || is_told_elsewhere || new.name != old.name {
        // Whoever names an address is sent what is kept for it: the tenants' passwords, by Neo or by their applications. A name is what
        // people have a tenant made, moved or restored by: under another server's it would be sent there.
        actor.authorise(Permission::SeeCredentials)?;
    }
    if has_moved && password.is_none() && !actor.has_the_key() {
        return Err(Error::invalid(
            "password",
            "the server's password has to be said again where its address or its TLS changes",
        )
        .cause("the one that is kept would be sent to whatever answers there")
        .hint(format!("give the password of \"{}\"", printable(&new.username))));
    }
    let passwords = match password {
        Some(password) => Some(Passwords { first: some_password(Some(password)), second: None }),
        None if has_moved || new.username != old.username => Some(Passwords::of(platform, &old)?),
        None => None,
    };
    if has_moved {
        refuse_busy(&mut *platform.central.read().await?, &old).await?;
    }
    let intent = audit::intent(platform, actor, "server.set", &subject(&old), &Value::Object(body)).await?;
    let outcome = async {
        if let Some(passwords) = passwords {
            let target = target_of(&new, passwords);
            prove(&new, &target).await?;
            if has_moved {
                prove_tenants(platform, &old, &new).await?;
            }
            seal(platform, &mut new, &target);
        }
        keep(platform, &old, &new).await?;
        find(platform, actor, &new.id).await
    }
    .await;
    intent.outcome(platform, &outcome).await?;
    outcome
}

/// For the audit: each thing as it was, and as it is to be.
fn both_sides(old: &Server, said: Map<String, Value>) -> Map<String, Value> {
    let was = json!({
        "name": old.name, "host": old.host, "port": old.port, "username": old.username, "password": "as it was", "tls": old.tls,
        "tls_ca": old.tls_ca, "max_connections": old.max_connections, "app_host": old.app_host, "app_port": old.app_port,
    });
    said.into_iter().map(|(name, to)| (name.clone(), json!({ "from": was[&name], "to": to }))).collect()
}

impl Changes {
    /// Without what is so already.
    fn beside(mut self, old: &Server) -> Self {
        let host = self.app_host.as_ref().map(|host| host.trim().to_owned());
        self.name = self.name.filter(|name| *name != old.name);
        self.host = self.host.filter(|host| host.trim() != old.host);
        self.port = self.port.filter(|port| *port != old.port);
        self.username = self.username.filter(|username| *username != old.username);
        self.tls = self.tls.filter(|tls| *tls != old.tls);
        self.max_connections = self.max_connections.filter(|most| *most != old.max_connections);
        self.tls_ca = self.tls_ca.filter(|pem| pem.trim() != old.tls_ca.as_deref().unwrap_or_default());
        // The port goes with a host that is taken away, whether it was there or not.
        self.app_host = host.filter(|host| *host != old.app_host || host.is_empty() && old.app_port != 0);
        self.app_port = self.app_port.filter(|port| *port != old.app_port || self.app_host.is_some());
        self
    }

    /// What is said: everything but the password.
    fn body(&self) -> Map<String, Value> {
        let said = json!({
            "name": self.name, "host": self.host, "port": self.port, "username": self.username,
            "password": self.password.as_ref().map(|_| "another"), "tls": self.tls,
            "tls_ca": self.tls_ca, "max_connections": self.max_connections, "app_host": self.app_host, "app_port": self.app_port,
        });
        let Value::Object(said) = said else { return Map::new() };
        said.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }

    /// The server as it will be, under the rules for a new one; its credential is still the old one's.
    fn applied_to(self, old: &Server) -> Result<Server> {
        if old.engine.is_file() {
            self.refuse_login(old)?;
        }
        if old.name == LOCAL && self.name.as_ref().is_some_and(|name| name != LOCAL) {
            return Err(Error::conflict(format!("the default server keeps its name \"{LOCAL}\"")).field("name"));
        }
        let (host, tls) = (self.host.unwrap_or_else(|| old.host.clone()), self.tls.unwrap_or(old.tls));
        if let Some(name) = &self.name {
            refuse_taken(name)?;
        }
        // What was allowed once stays allowed there, and nowhere else.
        let insecure = self.insecure || (tls, host.trim()) == (old.tls, old.host.as_str());
        // Both are taken away together: a pooler's port is not the server's.
        let app_port = match (&self.app_host, self.app_port) {
            (_, Some(port)) => port,
            (Some(host), None) if host.trim().is_empty() => 0,
            (_, None) => old.app_port,
        };
        let wanted = NewServer {
            name: self.name.unwrap_or_else(|| old.name.clone()),
            engine: old.engine,
            host,
            port: self.port.unwrap_or(old.port),
            username: self.username.unwrap_or_else(|| old.username.clone()),
            password: None,
            tls: Some(tls),
            insecure,
            path: Some(old.path.clone().into()),
            max_connections: Some(self.max_connections.unwrap_or(old.max_connections)),
            app_host: Some(self.app_host.unwrap_or_else(|| old.app_host.clone())),
            app_port: Some(app_port),
            tls_ca: self.tls_ca.or_else(|| old.tls_ca.clone()),
        };
        let new = wanted.checked()?;
        Ok(Server {
            name: new.name,
            host: new.host,
            port: new.port,
            username: new.username,
            tls: new.tls,
            max_connections: new.max_connections,
            app_host: new.app_host,
            app_port: new.app_port,
            tls_ca: new.tls_ca,
            ..old.clone()
        })
    }

    fn refuse_login(&self, old: &Server) -> Result<()> {
        let said = [
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("tls", self.tls.is_some()),
            ("tls_ca", self.tls_ca.is_some()),
            ("app_host", self.app_host.as_ref().is_some_and(|host| !host.is_empty())),
            ("app_port", self.app_port.is_some_and(|port| port != 0)),
        ];
        match said.into_iter().find(|(_, is_said)| *is_said) {
            None => Ok(()),
            Some((field, _)) => Err(Error::invalid(field, format!("server \"{}\" is a folder of files", old.name))
                .cause("SQLite has no address, no login and no TLS")
                .hint("its name and how many connections it takes can be changed")),
        }
    }
}

/// The same that a new server has to show.
async fn prove(new: &Server, target: &Target) -> Result<()> {
    engine::probe(target).await.map_err(|f| unkept(new, "cannot be used", &f))?;
    proved(new, target).await?;
    engine::probe_provisioning(target).await.map_err(|f| unkept(new, "cannot be provisioned on with this login", &f))
}

fn unkept(new: &Server, what: &str, failure: &Failure) -> Error {
    refused(new, &format!("{what} like this, and stays as it was"), failure)
}

/// A server that answers may be another one: tenants of this one are looked for there.
async fn prove_tenants(platform: &Platform, old: &Server, new: &Server) -> Result<()> {
    let sample = tenants::sample(&mut *platform.central.read().await?, old, SAMPLE).await?;
    // One whose credential does not open says nothing about where it is.
    let at = |tenant: &Tenant| {
        let known = tenants::target(platform, tenant, old).ok()?;
        let tls_ca = new.tls_ca.as_deref().map(Into::into);
        Some(Target { host: new.host.clone(), port: new.port, tls: new.tls, tls_ca, ..known })
    };
    let sample: Vec<_> = sample.iter().filter_map(|tenant| Some((tenant, at(tenant)?))).collect();
    let tried = sample.len();
    let visits = join_all(sample.iter().map(|(tenant, target)| visit(tenant, target))).await;
    let absent: Vec<_> = visits.into_iter().flatten().collect();
    // Of a few it may be their own: a role that somebody has changed.
    let Some((slug, why)) = absent.first().filter(|_| absent.len() * 2 > tried) else { return Ok(()) };
    let which = match tried {
        1 => format!("its tenant {slug} is not there"),
        _ => format!("{} of the {tried} tenants that were tried are not there", absent.len()),
    };
    let place = place(&new.host, new.port);
    Err(Error::conflict(format!("what answers at {place} is not server \"{}\": {which}", old.name))
        .field("host")
        .cause(printable(&format!("{slug}: {why}")))
        .hint(
            Advice::from("give the address of the server that they live on, or one restored from it: ")
                .act(Do::TenantsOn { server: old.name.clone() }),
        ))
}

/// Who did not get in, and why.
async fn visit<'a>(tenant: &'a Tenant, target: &Target) -> Option<(&'a str, String)> {
    match Connection::open(target).await {
        Ok(connection) => {
            connection.close().await;
            None
        }
        Err(failure) => Some((&tenant.slug, failure.message)),
    }
}

/// Server and tenants in one transaction. What is sealed anew is worked out before it; where a tenant has come or gone since, again.
async fn keep(platform: &Platform, old: &Server, new: &Server) -> Result<()> {
    if new.is_sealed_like(old) {
        let mut tx = platform.central.write().await?;
        change(&mut tx, old, new).await?;
        return Ok(tx.commit().await?);
    }
    for _ in 0..TRIES {
        let resealed = tenants::resealed(platform, old, new).await?;
        let mut tx = platform.central.write().await?;
        // It holds the server's row: whoever seals something to it waits, and finds it moved.
        change(&mut tx, old, new).await?;
        refuse_busy(&mut tx, old).await?;
        if tenants::reseal(&mut tx, old, &resealed).await? {
            return Ok(tx.commit().await?);
        }
    }
    Err(Error::conflict(format!("the tenants on server \"{}\" keep changing", old.name))
        .hint("try again when nothing is made, adopted or deleted there"))
}

async fn change(tx: &mut Conn, old: &Server, new: &Server) -> Result<()> {
    match store::update(tx, old, new).await? {
        0 => Err(Error::conflict(format!("server \"{}\" was changed or removed meanwhile", old.name))
            .hint("look again at how it stands")),
        _ => Ok(()),
    }
}

/// What is at work there has read the old address.
async fn refuse_busy(conn: &mut Conn, server: &Server) -> Result<()> {
    if let Some(run) = store::busy(conn, &server.id).await? {
        return Err(Error::conflict(format!("run {run} is at work on server \"{}\"", server.name))
            .cause("its tenants are sealed anew for another address or TLS mode, and a run would lose them half way")
            .hint(
                Advice::from("wait for it, ").act(Do::WatchRun { run }).and(", or end it, ").act(Do::CancelRun { run }),
            ));
    }
    let held = tenants::claim::held(conn).await?;
    if let Some(slug) = store::inhabitant(conn, &server.id, &held).await? {
        return Err(Error::conflict(format!("tenant \"{slug}\" on server \"{}\" is being worked on", server.name))
            .hint("wait for it to end, then try again"));
    }
    Ok(())
}
