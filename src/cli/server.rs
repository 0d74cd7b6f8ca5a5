//! `neo server …`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use neo_model::{Hardening, Opening, Removed, ServerRow};

use super::Session;
use super::ask::{self, SecretSource};
use super::print::{Printer, number, or_dash};
use crate::clock::{rfc3339, span};
use crate::config::secret_variable;
use crate::engine::{Engine, Tls};
use crate::error::{Error, Kind, Result, printable};
use crate::servers::{self, Changes, NewServer};

#[derive(Subcommand)]
pub enum Server {
    Add(Add),
    Set(Set),
    /// List the servers
    List,
    /// Connect to a server and measure
    Check {
        server: String,
    },
    Harden(Harden),
    /// Give a server's login a new password that nobody but Neo knows
    ///
    /// It is made and sealed here, set on the server by the login itself, and proven by a new sign-in; then the old one is
    /// forgotten. Until then both are known, and whoever is refused with the one tries the other: broken off at any point it has broken
    /// nothing, and goes on when it is asked for again. Audited.
    #[command(name = "rotate-password")]
    RotatePassword {
        server: String,
    },
    /// Remove a server that no tenant lives on
    Remove {
        server: String,
    },
}

/// Shut a server's own databases to everybody, after showing what that takes
///
/// On PostgreSQL everybody may connect to `postgres` and `template1`: a tenant's login sees there the names of all databases, and
/// may leave things behind. The logins that are there and belong to no tenant are let in by name, and PUBLIC is shut out; with
/// it goes the right of PUBLIC to create in schema `public` there. Shows it and asks, unless --yes is given. What Neo's login may
/// not do, because it does not own the database, is shown for whoever may; then the exit code is 4. Audited.
#[derive(Args)]
pub struct Harden {
    server: String,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Add a server: it is probed, and its password sealed
///
/// The password of its administrator comes from standard input (--password-stdin), from SERVER_PASSWORD, or from a prompt.
/// Instead of the parts, SERVER_URL in the environment: postgres://USER:PASSWORD@HOST:PORT, mysql://…, sqlite:///FOLDER,
/// with sslmode and sslrootcert (or ssl-mode and ssl-ca); anything else in it is refused by its name.
#[derive(Args)]
pub struct Add {
    /// A short name: eu-1
    name: String,
    #[arg(long, value_name = "postgres|mysql|sqlite", value_parser = engine)]
    engine: Option<Engine>,
    /// Name or address; of a socket the folder (PostgreSQL) or the file (MariaDB)
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
    /// Certificates (PEM) of the authority that the server's own is from; with verify-full, which it is then unless said
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// With --tls off: send passwords and rows to another machine in the clear
    #[arg(long)]
    insecure: bool,
    /// SQLite: the folder of the tenants' files
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Tenants worked on at once on this server
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_connections: Option<u32>,
    /// Where applications are told to connect, if it is not where Neo does: a pooler, another network
    #[arg(long, value_name = "HOST")]
    app_host: Option<String>,
    #[arg(long, value_name = "PORT", value_parser = app_port)]
    app_port: Option<u16>,
}

/// Change a server: what is said is tried as a new one is, then kept, and all its tenants are sealed anew with it
///
/// Where its address or TLS mode is another, some of its tenants are signed in to there: one that holds none of them is another
/// server. While a run is at work there, that is refused. What does not work changes nothing. Audited.
#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)))]
pub struct Set {
    server: String,
    /// Name, address, or folder of the socket
    #[arg(long, group = "what")]
    host: Option<String>,
    #[arg(long, group = "what")]
    port: Option<u16>,
    /// An administrator: may create databases and roles
    #[arg(long, group = "what")]
    user: Option<String>,
    /// Read the password that its login has by now from standard input
    #[arg(long, group = "what")]
    password_stdin: bool,
    /// Encryption of the connection
    #[arg(long, group = "what", value_name = "off|require|verify-full", value_parser = tls)]
    tls: Option<Tls>,
    /// With TLS off: send passwords and rows to another machine in the clear
    #[arg(long)]
    insecure: bool,
    /// A file with the certificates of the authority that its own is from, in PEM; '' takes them away
    #[arg(long, group = "what", value_name = "FILE", value_parser = path)]
    tls_ca: Option<PathBuf>,
    /// Tenants worked on at once on this server
    #[arg(long, group = "what", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_connections: Option<u32>,
    /// Another name
    #[arg(long, group = "what", value_name = "NAME")]
    rename: Option<String>,
    /// Where applications are told to connect; '' takes it away, and the port with it
    #[arg(long, group = "what", value_name = "HOST")]
    app_host: Option<String>,
    /// The same for the port; '' takes it away
    #[arg(long, group = "what", value_name = "PORT", value_parser = app_port)]
    app_port: Option<u16>,
}

impl Server {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            Server::Add(add) => {
                let new = add.into_new().await?;
                let server = session.central().await?.add_server(new).await?;
                printer.say(format!("Added {}", server.name));
                show(printer, &server);
            }
            Server::Set(set) => {
                let (key, changes) = set.into_changes().await?;
                let server = session.central().await?.set_server(&key, changes).await?;
                printer.say(format!("Changed {}", server.name));
                show(printer, &server);
            }
            Server::RotatePassword { server } => {
                let server = session.central().await?.rotate_server(&server).await?;
                printer.say(format!("{} has a new password, which Neo alone knows", server.name));
                show(printer, &server);
            }
            Server::List => {
                let rows = session.central().await?.servers().await?;
                printer.list(&rows, &["name", "engine", "where", "user", "tls", "tenants", "at once", "apps"], |r| {
                    vec![
                        r.name.clone(),
                        r.engine.as_str().into(),
                        r.place(),
                        r.user.clone(),
                        r.tls.to_string(),
                        r.tenants.map(number).unwrap_or_default(),
                        r.max_connections.to_string(),
                        r.app_place().unwrap_or_default(),
                    ]
                });
            }
            Server::Check { server } => {
                let probe = session.central().await?.check_server(&server).await?;
                let fields = [
                    ("server", server.clone()),
                    ("version", probe.version.clone()),
                    ("latency", span(probe.latency_ms)),
                    ("headroom", or_dash(probe.headroom)),
                ];
                printer.one(&probe, &fields);
            }
            Server::Harden(harden) => return harden.run(session).await,
            Server::Remove { server } => {
                session.central().await?.remove_server(&server).await?;
                printer.say(format!("Removed {server}"));
                if printer.is_json() {
                    printer.json(&Removed { removed: server });
                }
            }
        }
        Ok(0)
    }
}

impl Harden {
    async fn run(self, session: &Session) -> Result<u8> {
        let (central, printer) = (session.central().await?, session.printer);
        let found = central.openings(&self.server).await?;
        if found.is_empty() {
            printer.say(format!("{} is hardened: nobody gets in there who was not let in.", self.server));
        }
        let (may, may_not): (Vec<_>, Vec<_>) = found.iter().partition(|opening| opening.may);
        let is_text = !printer.is_json();
        if is_text {
            may.iter().for_each(|opening| show_opening(session, opening));
        }
        let mut left = found.clone();
        if !may.is_empty() && !self.dry_run {
            ask::confirmed(self.yes, &format!("This is what shuts {}", self.server)).await?;
            left = central.harden(&self.server).await?;
            printer.say(format!("Hardened {}", self.server));
        }
        if is_text && !may_not.is_empty() {
            printer.say("Its login may not do this; have it done by whoever owns these databases:");
            may_not.iter().for_each(|opening| show_opening(session, opening));
        }
        if !is_text {
            printer.json(&Hardening { server: self.server.clone(), found: found.clone(), left: left.clone() });
        }
        Ok(if self.dry_run || left.is_empty() { 0 } else { Kind::Denied.exit_code() })
    }
}

fn show_opening(session: &Session, opening: &Opening) {
    session.printer.line(printable(&format!("-- {}; in database {}:", opening.what, opening.database)));
    for statement in &opening.statements {
        session.printer.line(printable(&format!("{statement};")));
    }
}

impl Add {
    /// What the URL says, where it is needed: who says all of a server's parts may have one of another server around.
    fn url(&self) -> Result<Option<NewServer>> {
        let is_whole = match self.engine {
            Some(engine) if engine.is_file() => self.path.is_some(),
            Some(_) => self.host.is_some() && self.user.is_some(),
            None => false,
        };
        let Some(url) = secret_variable("SERVER_URL").filter(|_| !is_whole) else { return Ok(None) };
        let new = NewServer::from_url(&self.name, &url)?;
        match self.engine.filter(|engine| *engine != new.engine) {
            Some(engine) => Err(Error::invalid(
                "engine",
                format!(
                    "--engine says {}, and SERVER_URL is that of a {} server",
                    engine.as_str(),
                    new.engine.as_str()
                ),
            )
            .hint("say the same with both, or leave one of them out")),
            None => Ok(Some(new)),
        }
    }

    /// The parts from the flags, else from the URL; a flag wins over the URL.
    async fn into_new(self) -> Result<NewServer> {
        let url = self.url()?;
        let is_by_parts = url.is_none();
        let mut new = match (url, self.engine) {
            (Some(new), _) => new,
            (None, Some(engine)) => NewServer {
                name: self.name,
                engine,
                host: String::new(),
                port: 0,
                username: String::new(),
                password: None,
                tls: None,
                insecure: false,
                path: None,
                max_connections: None,
                app_host: None,
                app_port: None,
                tls_ca: None,
            },
            (None, None) => return Err(ask::missing("engine", "--engine or SERVER_URL")),
        };
        new.path = self.path.or(new.path);
        new.tls = self.tls.or(new.tls);
        new.insecure = self.insecure;
        new.tls_ca = self.tls_ca.map(|file| servers::read_authority(&file)).transpose()?.or(new.tls_ca);
        new.max_connections = self.max_connections;
        new.app_host = self.app_host;
        new.app_port = self.app_port;
        if new.engine.is_file() {
            return match new.path {
                Some(_) => Ok(new),
                None => Err(ask::missing("path", "--path")),
            };
        }
        new.port = self.port.unwrap_or(new.port);
        new.host = ask::text(self.host.or(Some(new.host)), "host", "SERVER_URL", "Host").await?;
        new.username = ask::text(self.user.or(Some(new.username)), "user", "SERVER_URL", "User").await?;
        // A URL without a password means a server that asks for none.
        if self.password_stdin || (new.password.is_none() && is_by_parts) {
            let source = SecretSource {
                prompt: "Password",
                variable: "SERVER_PASSWORD",
                may_be_stdin: true,
                from_stdin: self.password_stdin,
                twice: false,
            };
            new.password = Some(source.read().await?);
        }
        Ok(new)
    }
}

impl Set {
    async fn into_changes(self) -> Result<(String, Changes)> {
        let source = SecretSource {
            prompt: "Password",
            variable: "SERVER_PASSWORD",
            may_be_stdin: true,
            from_stdin: true,
            twice: false,
        };
        let password = if self.password_stdin { Some(source.read().await?) } else { None };
        let changes = Changes {
            name: self.rename,
            host: self.host,
            port: self.port,
            username: self.user,
            password,
            tls: self.tls,
            insecure: self.insecure,
            max_connections: self.max_connections,
            app_host: self.app_host,
            app_port: self.app_port,
            tls_ca: self.tls_ca.map(|file| authority(&file)).transpose()?,
        };
        Ok((self.server, changes))
    }
}

/// Nothing is none.
fn authority(file: &Path) -> Result<String> {
    match file.as_os_str().is_empty() {
        true => Ok(String::new()),
        false => servers::read_authority(file),
    }
}

/// A path, or nothing, which a parser of paths does not take.
fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(text.into())
}

/// Nothing is none.
fn app_port(text: &str) -> Result<u16, String> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| "a port is a number up to 65535, or '' for none".into())
}

fn engine(text: &str) -> Result<Engine, String> {
    text.parse().map_err(|_| "one of: postgres, mysql, sqlite".into())
}

fn tls(text: &str) -> Result<Tls, String> {
    servers::parse_tls(text).map_err(|_| "one of: off, require, verify-full".into())
}

fn show(printer: Printer, row: &ServerRow) {
    let fields = [
        ("id", row.id.clone()),
        ("name", row.name.clone()),
        ("engine", row.engine.as_str().to_owned()),
        ("where", row.place()),
        ("user", row.user.clone()),
        ("tls", if row.tls_ca { format!("{}, by an authority of its own", row.tls) } else { row.tls.to_string() }),
        ("at once", row.max_connections.to_string()),
        ("apps", or_dash(row.app_place())),
        ("created", rfc3339(row.created_at)),
    ];
    printer.one(row, &fields);
}
