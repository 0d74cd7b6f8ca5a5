//! What somebody says about a new server, and the rules it has to meet.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::address::{app_host, bare, is_a_host, percent_decode};
use crate::engine::{Engine, Tls, authority};
use crate::error::{Advice, Error, Result, Say, printable};

/// Connections kept for Neo on one server, unless told otherwise.
pub(super) const MAX_CONNECTIONS: u32 = 20;

pub struct NewServer {
    pub name: String,
    pub engine: Engine,
    pub host: String,
    /// 0: the engine's usual port.
    pub port: u16,
    pub username: String,
    pub password: Option<SecretString>,
    /// `None`: verify-full, or off on this machine itself.
    pub tls: Option<Tls>,
    /// That passwords and rows may go to another machine in the clear.
    pub insecure: bool,
    /// SQLite: the folder of the tenants' files.
    pub path: Option<PathBuf>,
    pub max_connections: Option<u32>,
    /// Where applications are told to connect, if it is not where Neo does.
    pub app_host: Option<String>,
    /// 0: as Neo does.
    pub app_port: Option<u16>,
    /// The certificates of the authority that the server's own is from, in PEM, where the machine does not trust it anyway.
    pub tls_ca: Option<String>,
}

/// The same, checked, with nothing left open.
pub(super) struct Settled {
    pub name: String,
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub username: String,
    pub password: Option<SecretString>,
    pub tls: Tls,
    pub path: Option<String>,
    pub max_connections: u32,
    pub app_host: String,
    pub app_port: u16,
    pub tls_ca: Option<String>,
}

impl NewServer {
    /// From a URL such as `postgres://user:password@host:5432?sslmode=verify-full`, `mysql://…` or `sqlite:///folder`.
    pub fn from_url(name: &str, url: &SecretString) -> Result<Self> {
        let bad = |why: &str| {
            Error::invalid("url", format!("the server's URL {why}"))
                .hint("postgres://USER:PASSWORD@HOST:PORT, mysql://USER:PASSWORD@HOST:PORT or sqlite:///FOLDER")
        };
        let text = url.expose_secret();
        let scheme = text.split(':').next().unwrap_or_default();
        let engine: Engine = scheme.parse().map_err(|_| bad("begins with no engine that is known"))?;
        let new = |host, port, username, password, tls, path, tls_ca| Self {
            name: name.to_owned(),
            engine,
            host,
            port,
            username,
            password,
            tls,
            insecure: false,
            path,
            max_connections: None,
            app_host: None,
            app_port: None,
            tls_ca,
        };
        if engine.is_file() {
            let path = text.trim_start_matches("sqlite:").trim_start_matches("//");
            return Ok(new(String::new(), 0, String::new(), None, None, Some(path.into()), None));
        }
        // The parser's own error may quote the text, and with it the password.
        let parse = |text: &str| url::Url::parse(text).map_err(|_| bad("cannot be read"));
        // To the parser a login wants a host, which `host=` or `socket=` may say here: no host is called so.
        let parsed = parse(text).or_else(|_| parse(&text.replacen("@/", "@-/", 1)))?;
        let decode = |part: &str| percent_decode(part).ok_or_else(|| bad("holds a name or password that is not UTF-8"));
        let mut host = decode(parsed.host_str().filter(|host| *host != "-").unwrap_or_default())?;
        let username = decode(parsed.username())?;
        let password = parsed.password().map(decode).transpose()?.map(SecretString::from);
        // What would be ignored in silence is refused by its name.
        let database = decode(parsed.path().trim_start_matches('/'))?;
        if !database.is_empty() && database != engine.maintenance_database() {
            let database = printable(&database);
            return Err(bad(&format!(
                "names the database \"{database}\"; a server holds those of all its tenants: leave it out"
            )));
        }
        if parsed.fragment().is_some() {
            return Err(bad(
                "says something behind a #, which Neo does not heed: leave it out, or write a # of a password as %23",
            ));
        }
        let (mut tls, mut tls_ca) = (None, None);
        for (key, value) in parsed.query_pairs() {
            match &*key {
                "sslmode" | "ssl-mode" | "tls" if tls.is_some() => {
                    return Err(bad("says twice how the connection is encrypted"));
                }
                "sslrootcert" | "ssl-ca" if tls_ca.is_some() => return Err(bad("names two authorities")),
                "host" | "socket" if !host.is_empty() => return Err(bad("names two hosts")),
                "sslmode" | "ssl-mode" | "tls" => tls = Some(parse_tls(&value)?),
                // As the newest libpq calls what the machine trusts.
                "sslrootcert" if value == "system" => {}
                "sslrootcert" | "ssl-ca" => tls_ca = Some(read_authority(Path::new(&*value))?),
                // A folder of sockets, or a socket, which no host of a URL can be without a disguise.
                "host" | "socket" => host = value.into_owned(),
                other => {
                    let other = printable(other);
                    return Err(bad(&format!("says {other}, which Neo does not heed: leave it out"))
                        .cause("heeded are sslmode, sslrootcert and host, and for MySQL ssl-mode, ssl-ca and socket"));
                }
            }
        }
        if host.is_empty() {
            return Err(bad("names no host"));
        }
        Ok(new(host, parsed.port().unwrap_or(0), username, password, tls, None, tls_ca))
    }

    pub(super) fn checked(self) -> Result<Settled> {
        let shown = printable(&self.name);
        let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 63 || !self.name.chars().all(safe) {
            return Err(Error::invalid("name", format!("\"{shown}\" cannot be a server's name"))
                .hint("1 to 63 lower-case letters, digits, - and _"));
        }
        let max_connections = self.max_connections.unwrap_or(MAX_CONNECTIONS);
        if !(1..=10_000).contains(&max_connections) {
            return Err(Error::invalid("max_connections", "the number of connections is not between 1 and 10000"));
        }
        let tls_ca = self.tls_ca.map(|pem| pem.trim().to_owned()).filter(|pem| !pem.is_empty());
        if self.engine.is_file() && tls_ca.is_some() {
            return Err(Error::invalid("tls_ca", "a SQLite server is a folder: no certificate is seen there"));
        }
        if self.engine.is_file() {
            let path = self.path.filter(|p| !p.as_os_str().is_empty()).ok_or_else(|| {
                Error::invalid("path", "a SQLite server needs the folder of its tenants' files").hint(Say::Folder)
            })?;
            let path = std::path::absolute(&path).map_err(|e| {
                Error::invalid("path", "the folder cannot be made an absolute path").cause(e.to_string())
            })?;
            let path =
                path.to_str().ok_or_else(|| Error::invalid("path", "the folder's name is not UTF-8"))?.to_owned();
            crate::named::refuse_unseen("path", "the folder", &path)?;
            return Ok(Settled {
                name: self.name,
                engine: self.engine,
                host: String::new(),
                port: 0,
                username: String::new(),
                password: None,
                tls: Tls::Off,
                path: Some(path),
                max_connections,
                app_host: String::new(),
                app_port: 0,
                tls_ca: None,
            });
        }
        let host = bare(self.host.trim()).to_owned();
        if !is_a_host(&host) {
            return Err(Error::invalid("host", "the server's host is missing or unreadable").hint(Say::Host));
        }
        if self.username.is_empty() || self.username.len() > 63 || self.username.chars().any(char::is_control) {
            return Err(Error::invalid("username", "the server's user is missing or unreadable").hint(Say::User));
        }
        is_right_socket(self.engine, &host)?;
        let local = is_this_machine(&host);
        let usual = if local && tls_ca.is_none() { Tls::Off } else { Tls::VerifyFull };
        let tls = self.tls.unwrap_or(usual);
        if let Some(pem) = &tls_ca {
            authority(pem)?;
            if tls != Tls::VerifyFull {
                let why = format!("with tls {tls} nobody looks from whom the server's certificate is");
                return Err(Error::invalid("tls_ca", why).hint("verify-full, or no certificate of an authority"));
            }
        }
        if tls == Tls::Off && !local && !self.insecure {
            return Err(Error::invalid(
                "tls",
                format!("without TLS, passwords and rows would go to {host} in the clear"),
            )
            .hint(Advice::from("verify-full, or require; where the way there is safe: ").act(Say::Insecure)));
        }
        Ok(Settled {
            name: self.name,
            engine: self.engine,
            port: if self.port == 0 { self.engine.default_port() } else { self.port },
            username: self.username,
            password: super::some_password(self.password),
            tls,
            path: None,
            max_connections,
            app_host: app_host(self.app_host.as_deref())?,
            app_port: self.app_port.unwrap_or_default(),
            tls_ca,
            host,
        })
    }
}

/// Refuses a name that an address of the console has for itself. One that was given before this was looked at stays.
pub(super) fn refuse_taken(name: &str) -> Result<()> {
    match name {
        "new" => Err(Error::invalid("name", "\"new\" cannot be a server's name: at /servers/new one is added")
            .hint("choose another")),
        _ => Ok(()),
    }
}

/// PostgreSQL's clients are told the folder that its socket lies in, MySQL's the socket itself.
fn is_right_socket(engine: Engine, host: &str) -> Result<()> {
    let Some(found) = host.starts_with('/').then(|| Path::new(host).metadata().ok()).flatten() else { return Ok(()) };
    let (is_wrong, why, hint) = match engine {
        Engine::Postgres => {
            (!found.is_dir(), "is no folder", "name the folder that the socket lies in: /run/postgresql")
        }
        Engine::Mysql => (found.is_dir(), "is a folder", "name the socket itself: /run/mysqld/mysqld.sock"),
        Engine::Sqlite => return Ok(()),
    };
    match is_wrong {
        true => Err(Error::invalid("host", format!("{} {why}", printable(host))).hint(hint)),
        false => Ok(()),
    }
}

/// Reads the file of an authority's certificates.
pub fn read_authority(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|e| {
        Error::invalid("tls_ca", format!("{} cannot be read", printable(&file.display().to_string())))
            .cause(e.to_string())
    })
}

/// Nothing that goes there leaves this machine.
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.starts_with('/') || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The word of the command line and of a URL for how a connection is protected.
pub fn parse_tls(text: &str) -> Result<Tls> {
    match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "off" | "disable" | "disabled" => Ok(Tls::Off),
        "require" | "required" => Ok(Tls::Require),
        "verify-full" | "verify-identity" => Ok(Tls::VerifyFull),
        _ => Err(Error::invalid("tls", format!("\"{}\" is no way to protect a connection", printable(text)))
            .hint("one of: off, require, verify-full")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(host: &str) -> NewServer {
        NewServer {
            name: "pg-eu".into(),
            engine: Engine::Postgres,
            host: host.into(),
            port: 0,
            username: "neo".into(),
            password: None,
            tls: None,
            insecure: false,
            path: None,
            max_connections: None,
            app_host: None,
            app_port: None,
            tls_ca: None,
        }
    }

    #[test]
    fn a_server_elsewhere_is_verified_unless_somebody_says_otherwise() {
        for (host, tls) in [
            ("127.0.0.1", Tls::Off),
            ("::1", Tls::Off),
            ("localhost", Tls::Off),
            ("/var/run/postgresql", Tls::Off),
            ("10.0.0.7", Tls::VerifyFull),
            ("localhost.example.com", Tls::VerifyFull),
        ] {
            assert_eq!(new(host).checked().unwrap().tls, tls, "{host}");
        }
        let chosen = NewServer { tls: Some(Tls::Require), ..new("db.example.com") };
        assert_eq!(chosen.checked().unwrap().tls, Tls::Require);
    }

    #[test]
    fn nothing_goes_to_another_machine_in_the_clear_unless_somebody_says_that_it_may() {
        let off = |host: &str| NewServer { tls: Some(Tls::Off), ..new(host) };
        for host in ["db.example.com", "10.0.0.7", "localhost.example.com", "::ffff:10.0.0.7"] {
            let refused = off(host).checked().err().unwrap_or_else(|| panic!("{host} was taken"));
            assert!(refused.field == Some("tls") && refused.hint.unwrap().command().contains("--insecure"), "{host}");
            assert_eq!(NewServer { insecure: true, ..off(host) }.checked().unwrap().tls, Tls::Off);
        }
        let url = "mysql://neo:p@db.example.com?ssl-mode=disabled".into();
        assert!(NewServer::from_url("x", &url).unwrap().checked().is_err());
        for host in ["127.0.0.1", "::1", "localhost", "/run/postgresql"] {
            assert_eq!(off(host).checked().unwrap().tls, Tls::Off, "{host}");
        }
    }

    #[test]
    fn a_url_says_everything_and_an_unreadable_one_is_never_quoted() {
        let url = "postgres://neo%40x:p%25ss%3Aw@db.example.com:6432/?sslmode=require".into();
        let read = NewServer::from_url("pg-eu", &url).unwrap();
        assert_eq!((read.host.as_str(), read.port, read.username.as_str()), ("db.example.com", 6432, "neo@x"));
        assert_eq!(read.password.unwrap().expose_secret(), "p%ss:w");
        assert_eq!(read.tls, Some(Tls::Require));

        for bad in [
            "postgres://u:canary@host:notaport",
            "postgres://u:canary@/",
            "redis://u:canary@h",
            "canary",
            "postgres://u:canary@h?sslmode=verify-full&sslmode=disable",
            "mysql://u:canary@h?ssl-mode=required&sslmode=disable",
            "postgres://u:canary@h#sslmode=require",
            "postgres://u:canary@h?host=other",
        ] {
            let Err(error) = NewServer::from_url("x", &bad.into()) else { panic!("{bad} was taken") };
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn what_a_url_says_is_heeded_or_refused_by_its_name() {
        let read = |url: &str| NewServer::from_url("x", &url.to_owned().into());
        for (url, host, port) in [
            ("postgres://u:p@[::1]:5433/", "::1", 5433),
            ("postgres://u:p@%2Frun%2Fpostgresql/postgres", "/run/postgresql", 5432),
            ("postgres://u:p@/?host=/run/postgresql", "/run/postgresql", 5432),
            ("mysql://u:p@/?socket=/nowhere/s.sock", "/nowhere/s.sock", 3306),
        ] {
            let settled = read(url).unwrap_or_else(|e| panic!("{url}: {e}")).checked().unwrap();
            assert_eq!((settled.host.as_str(), settled.port), (host, port), "{url}");
        }
        assert_eq!(NewServer { tls: None, ..new("[::1]") }.checked().unwrap().host, "::1");
        for (url, named) in [
            ("postgres://u:canary@h/app", "\"app\""),
            ("mysql://u:canary@h/app", "\"app\""),
            ("postgres://u:canary@h/?application_name=x", "application_name"),
            ("postgres://u:canary@h/?options=-c%20x", "options"),
            ("mysql://u:canary@h/?charset=latin1", "charset"),
            ("postgres://u:canary@h/?host=elsewhere", "host"),
            ("postgres://u:canary@h/?sslmode=verify-ca", "verify-ca"),
            ("mysql://u:canary@h/?ssl-mode=preferred", "preferred"),
            ("postgres://u:canary@h/?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem"),
            ("mysql://u:canary@h/?ssl-ca=/nowhere/ca.pem", "/nowhere/ca.pem"),
        ] {
            let error = read(url).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(error.message.contains(named), "{url}: {error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn an_authority_is_for_those_who_look_at_certificates() {
        let pem = Some("-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n".to_owned());
        for new in [
            NewServer { tls_ca: pem.clone(), ..new("db.example.com") },
            NewServer { tls_ca: pem.clone(), engine: Engine::Sqlite, path: Some("/x".into()), ..new("") },
        ] {
            assert_eq!(new.checked().err().map(|e| e.field), Some(Some("tls_ca")));
        }
    }

    #[test]
    fn a_socket_is_named_as_its_engine_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.sock");
        std::fs::write(&file, "").unwrap();
        let at = |engine, host: &Path| NewServer { engine, ..new(host.to_str().unwrap()) }.checked().map(|s| s.host);
        assert!(at(Engine::Postgres, folder.path()).is_ok() && at(Engine::Mysql, &file).is_ok());
        assert_eq!(at(Engine::Postgres, &file).err().map(|e| e.field), Some(Some("host")));
        assert_eq!(at(Engine::Mysql, folder.path()).err().map(|e| e.field), Some(Some("host")));
    }

    #[test]
    fn a_name_that_could_drive_a_terminal_is_refused_printably() {
        let Err(error) = (NewServer { name: "a\u{1b}[31m".into(), ..new("localhost") }).checked() else {
            panic!("taken")
        };
        assert_eq!(error.field, Some("name"));
        assert!(!error.message.contains('\u{1b}'));
    }
}
