//! What somebody says about a new server, and the rules it has to meet.

use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::engine::{Engine, Tls};
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
        let new = |host, port, username, password, tls, path| Self {
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
        };
        if engine.is_file() {
            let path = text.trim_start_matches("sqlite:").trim_start_matches("//");
            return Ok(new(String::new(), 0, String::new(), None, None, Some(path.into())));
        }
        // The parser's own error may quote the text, and with it the password.
        let parsed = url::Url::parse(text).map_err(|_| bad("cannot be read"))?;
        let decode = |part: &str| percent_decode(part).ok_or_else(|| bad("holds a name or password that is not UTF-8"));
        let host = parsed.host_str().ok_or_else(|| bad("names no host"))?.trim_matches(['[', ']']).to_owned();
        let username = decode(parsed.username())?;
        let password = parsed.password().map(decode).transpose()?.map(SecretString::from);
        let mut tls = None;
        for (key, value) in parsed.query_pairs() {
            if matches!(&*key, "sslmode" | "ssl-mode" | "tls") {
                tls = Some(parse_tls(&value)?);
            }
        }
        Ok(new(host, parsed.port().unwrap_or(0), username, password, tls, None))
    }

    pub(super) fn settle(self) -> Result<Settled> {
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
        if self.engine.is_file() {
            let path = self.path.filter(|p| !p.as_os_str().is_empty()).ok_or_else(|| {
                Error::invalid("path", "a SQLite server needs the folder of its tenants' files").hint(Say::Folder)
            })?;
            let path = std::path::absolute(&path).map_err(|e| {
                Error::invalid("path", "the folder cannot be made an absolute path").cause(e.to_string())
            })?;
            let path =
                path.to_str().ok_or_else(|| Error::invalid("path", "the folder's name is not UTF-8"))?.to_owned();
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
            });
        }
        let host = self.host.trim().to_owned();
        let plain = |text: &str| !text.chars().any(|c| c.is_control() || c.is_whitespace());
        // A path is a folder of Unix sockets.
        if host.is_empty() || host.len() > 255 || !plain(&host) {
            return Err(Error::invalid("host", "the server's host is missing or unreadable").hint(Say::Host));
        }
        if self.username.is_empty() || self.username.len() > 63 || self.username.chars().any(char::is_control) {
            return Err(Error::invalid("username", "the server's user is missing or unreadable").hint(Say::User));
        }
        let local = is_this_machine(&host);
        let tls = self.tls.unwrap_or(if local { Tls::Off } else { Tls::VerifyFull });
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
            app_host: super::address::app_host(self.app_host.as_deref())?,
            app_port: self.app_port.unwrap_or_default(),
            host,
        })
    }
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

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let pair = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
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
            assert_eq!(new(host).settle().unwrap().tls, tls, "{host}");
        }
        let chosen = NewServer { tls: Some(Tls::Require), ..new("db.example.com") };
        assert_eq!(chosen.settle().unwrap().tls, Tls::Require);
    }

    #[test]
    fn nothing_goes_to_another_machine_in_the_clear_unless_somebody_says_that_it_may() {
        let off = |host: &str| NewServer { tls: Some(Tls::Off), ..new(host) };
        for host in ["db.example.com", "10.0.0.7", "localhost.example.com", "::ffff:10.0.0.7"] {
            let refused = off(host).settle().err().unwrap_or_else(|| panic!("{host} was taken"));
            assert!(refused.field == Some("tls") && refused.hint.unwrap().command().contains("--insecure"), "{host}");
            assert_eq!(NewServer { insecure: true, ..off(host) }.settle().unwrap().tls, Tls::Off);
        }
        let url = "mysql://neo:p@db.example.com?ssl-mode=disabled".into();
        assert!(NewServer::from_url("x", &url).unwrap().settle().is_err());
        for host in ["127.0.0.1", "::1", "localhost", "/run/postgresql"] {
            assert_eq!(off(host).settle().unwrap().tls, Tls::Off, "{host}");
        }
    }

    #[test]
    fn a_url_says_everything_and_an_unreadable_one_is_never_quoted() {
        let url = "postgres://neo%40x:p%25ss%3Aw@db.example.com:6432/?sslmode=require".into();
        let read = NewServer::from_url("pg-eu", &url).unwrap();
        assert_eq!((read.host.as_str(), read.port, read.username.as_str()), ("db.example.com", 6432, "neo@x"));
        assert_eq!(read.password.unwrap().expose_secret(), "p%ss:w");
        assert_eq!(read.tls, Some(Tls::Require));

        for bad in ["postgres://u:canary@host:notaport", "postgres://u:canary@/", "redis://u:canary@h", "canary"] {
            let Err(error) = NewServer::from_url("x", &bad.into()) else { panic!("{bad} was taken") };
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_name_that_could_drive_a_terminal_is_refused_printably() {
        let Err(error) = (NewServer { name: "a\u{1b}[31m".into(), ..new("localhost") }).settle() else {
            panic!("taken")
        };
        assert_eq!(error.field, Some("name"));
        assert!(!error.message.contains('\u{1b}'));
    }
}
