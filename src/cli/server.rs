//! `neo server …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Session;
use super::ask::{self, SecretSource};
use super::print::{number, or_dash};
use crate::clock::{rfc3339, span};
use crate::config::secret_variable;
use crate::engine::{Engine, Tls};
use crate::error::{Error, Result};
use crate::servers::{self, NewServer};

#[derive(Subcommand)]
pub enum Server {
    /// Add a server: it is probed, and its password sealed
    Add(Add),
    /// List the servers
    List,
    /// Connect to a server and measure
    Check { server: String },
    /// Remove a server that no tenant lives on
    Remove { server: String },
}

/// Adds a database server that tenants can live on.
///
/// The password of its administrator comes from standard input (--password-stdin), from SERVER_PASSWORD, or from a prompt.
/// Instead of the parts, SERVER_URL in the environment: postgres://USER:PASSWORD@HOST:PORT, mysql://…, sqlite:///FOLDER.
#[derive(Args)]
pub struct Add {
    /// A short name: eu-1
    name: String,
    #[arg(long, value_name = "postgres|mysql|sqlite", value_parser = engine)]
    engine: Option<Engine>,
    /// Name, address, or folder of the socket
    #[arg(long)]
    host: Option<String>,
    #[arg(long)]
    port: Option<u16>,
    /// An administrator: may create databases and roles
    #[arg(long)]
    user: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Encryption of the connection [default: off on this machine, verify-full elsewhere]
    #[arg(long, value_name = "off|require|verify-full", value_parser = tls)]
    tls: Option<Tls>,
    /// SQLite: the folder of the tenants' files
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Tenants worked on at once on this server
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_connections: Option<u32>,
}

impl Server {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (actor, printer) = (&session.actor, session.printer);
        match self {
            Server::Add(add) => {
                let new = add.settle().await?;
                let platform = session.open().await?;
                let server = servers::add(&platform, actor, new).await?;
                printer.say(format!("Added {}", server.name));
                show(session, server);
            }
            Server::List => {
                let platform = session.open().await?;
                let servers = servers::list(&platform, actor).await?;
                let rows: Vec<_> = servers.into_iter().map(|s| Row::new(s.server, Some(s.tenants))).collect();
                printer.list(&rows, &["name", "engine", "where", "user", "tls", "tenants", "at once"], |r| {
                    vec![
                        r.name.clone(),
                        r.engine.as_str().into(),
                        r.place(),
                        r.user.clone(),
                        super::summary::word(r.tls),
                        r.tenants.map(number).unwrap_or_default(),
                        r.max_connections.to_string(),
                    ]
                });
            }
            Server::Check { server } => {
                let platform = session.open().await?;
                let probe = servers::check(&platform, actor, &server).await?;
                let fields = [
                    ("server", server.clone()),
                    ("version", probe.version.clone()),
                    ("latency", span(probe.latency_ms)),
                    ("headroom", or_dash(probe.headroom)),
                ];
                printer.one(&probe, &fields);
            }
            Server::Remove { server } => {
                let platform = session.open().await?;
                servers::remove(&platform, actor, &server).await?;
                printer.say(format!("Removed {server}"));
                if printer.is_json() {
                    printer.json(&serde_json::json!({ "removed": server }));
                }
            }
        }
        Ok(0)
    }
}

impl Add {
    async fn settle(self) -> Result<NewServer> {
        let url = match self.engine {
            Some(_) => None,
            None => Some(secret_variable("SERVER_URL").ok_or_else(|| ask::missing("engine", "--engine or SERVER_URL"))?),
        };
        let mut parts = match &url {
            Some(url) => Parts::from_url(url)?,
            None => Parts { engine: self.engine.unwrap_or(Engine::Sqlite), ..Parts::default() },
        };
        parts.host = self.host.or(parts.host);
        parts.port = self.port.or(parts.port);
        parts.user = self.user.or(parts.user);
        parts.path = self.path.or(parts.path);
        if parts.engine == Engine::Sqlite {
            let path = parts.path.ok_or_else(|| ask::missing("path", "--path"))?;
            return Ok(NewServer {
                name: self.name,
                engine: Engine::Sqlite,
                host: String::new(),
                port: 0,
                username: String::new(),
                password: None,
                tls: None,
                path: Some(path),
                max_connections: self.max_connections,
            });
        }
        let host = ask::text(parts.host, "host", "SERVER_URL", "Host").await?;
        let username = ask::text(parts.user, "user", "SERVER_URL", "User").await?;
        let password = match (parts.password, url.is_some()) {
            (Some(password), _) if !self.password_stdin => Some(password),
            // A URL without a password means a server that asks for none.
            (None, true) if !self.password_stdin => None,
            _ => {
                let source = SecretSource {
                    prompt: "Password",
                    variable: "SERVER_PASSWORD",
                    from_stdin: self.password_stdin,
                    twice: false,
                };
                Some(source.read().await?)
            }
        };
        Ok(NewServer {
            name: self.name,
            engine: parts.engine,
            port: parts.port.unwrap_or(if parts.engine == Engine::Postgres { 5432 } else { 3306 }),
            host,
            username,
            password,
            tls: self.tls.or(parts.tls),
            path: None,
            max_connections: self.max_connections,
        })
    }
}

/// What a URL says of a server. No Debug: it may hold a password.
struct Parts {
    engine: Engine,
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<SecretString>,
    tls: Option<Tls>,
    path: Option<PathBuf>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { engine: Engine::Sqlite, host: None, port: None, user: None, password: None, tls: None, path: None }
    }
}

impl Parts {
    fn from_url(text: &SecretString) -> Result<Self> {
        // The parser's own message is not shown: it could repeat the password.
        let bad = || {
            Error::invalid("url", "SERVER_URL cannot be read as a URL").hint("postgres://USER:PASSWORD@HOST:PORT")
        };
        let url = Url::parse(text.expose_secret()).map_err(|_| bad())?;
        let engine = engine(url.scheme()).map_err(|_| bad())?;
        if engine == Engine::Sqlite {
            let path = text.expose_secret().trim_start_matches("sqlite:").trim_start_matches("//");
            return Ok(Self { path: (!path.is_empty()).then(|| path.into()), ..Self::default() });
        }
        let given = |text: &str| (!text.is_empty()).then(|| decoded(text));
        let mut parts = Self {
            engine,
            host: url.host_str().and_then(|host| given(host.trim_matches(['[', ']']))),
            port: url.port(),
            user: given(url.username()),
            password: url.password().and_then(given).map(SecretString::from),
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                // The folder of a socket has no place before the path.
                "host" | "socket" => parts.host = Some(value.into_owned()),
                "sslmode" | "ssl-mode" | "tls" => parts.tls = Some(ssl_mode(&value).ok_or_else(bad)?),
                _ => {}
            }
        }
        Ok(parts)
    }
}

fn ssl_mode(text: &str) -> Option<Tls> {
    match text.to_ascii_lowercase().as_str() {
        "off" | "disable" | "disabled" => Some(Tls::Off),
        "require" | "required" => Some(Tls::Require),
        "verify-full" | "verify_identity" => Some(Tls::VerifyFull),
        _ => None,
    }
}

/// Percent-decoded, as the parts of a URL are written.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn engine(text: &str) -> Result<Engine, String> {
    match text {
        "postgres" | "postgresql" => Ok(Engine::Postgres),
        "mysql" | "mariadb" => Ok(Engine::Mysql),
        "sqlite" => Ok(Engine::Sqlite),
        _ => Err("one of: postgres, mysql, sqlite".into()),
    }
}

fn tls(text: &str) -> Result<Tls, String> {
    match text {
        "off" => Ok(Tls::Off),
        "require" => Ok(Tls::Require),
        "verify-full" => Ok(Tls::VerifyFull),
        _ => Err("one of: off, require, verify-full".into()),
    }
}

fn show(session: &Session, server: servers::Server) {
    let row = Row::new(server, None);
    let fields = [
        ("id", row.id.clone()),
        ("name", row.name.clone()),
        ("engine", row.engine.as_str().to_owned()),
        ("where", row.place()),
        ("user", row.user.clone()),
        ("tls", super::summary::word(row.tls)),
        ("at once", row.max_connections.to_string()),
        ("created", row.created_at.clone()),
    ];
    session.printer.one(&row, &fields);
}

#[derive(serde::Serialize)]
struct Row {
    id: String,
    name: String,
    engine: Engine,
    host: String,
    port: u16,
    user: String,
    tls: Tls,
    path: String,
    max_connections: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenants: Option<i64>,
    created_at: String,
}

impl Row {
    fn new(server: servers::Server, tenants: Option<i64>) -> Self {
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
            tenants,
            created_at: rfc3339(server.created_at),
        }
    }

    fn place(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.path.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_as_whom() {
        let parts = Parts::from_url(&"mysql://root:p%40ss%2Fw@127.0.0.1:3307/?ssl-mode=REQUIRED".into()).unwrap();
        assert_eq!((parts.engine, parts.host.as_deref(), parts.port), (Engine::Mysql, Some("127.0.0.1"), Some(3307)));
        assert_eq!((parts.user.as_deref(), parts.tls), (Some("root"), Some(Tls::Require)));
        assert_eq!(parts.password.unwrap().expose_secret(), "p@ss/w");
        let parts = Parts::from_url(&"sqlite:///var/lib/tenants".into()).unwrap();
        assert_eq!(parts.path, Some(PathBuf::from("/var/lib/tenants")));
        let parts = Parts::from_url(&"postgres://postgres@/?host=/tmp/pg".into());
        assert_eq!(parts.ok().and_then(|p| p.host), Some("/tmp/pg".into()));
    }

    #[test]
    fn a_bad_url_is_not_repeated() {
        let error = Parts::from_url(&"postgres://u:secret@:bad:port".into()).err().unwrap();
        assert!(!format!("{error:?}").contains("secret"));
    }
}
