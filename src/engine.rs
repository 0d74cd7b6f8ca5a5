//! A tenant database engine behind one face: connect, lock, execute, create, drop, quote. One file per engine.
//!
//! Nothing here knows tenants, runs or the central database; it is given a [`Target`] and answers with a [`Failure`].

pub(crate) mod acts;
pub mod administrator;
mod attend;
mod backup;
mod connection;
mod copy;
mod failure;
mod harden;
mod holder;
mod interrupt;
pub(crate) mod ledger;
mod lock;
mod mysql;
mod names;
mod passwords;
mod postgres;
mod provision;
mod schema;
pub(crate) mod script;
mod sqlite;
mod statements;
pub mod template;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Error;

pub use attend::silence;
pub use backup::backup;
pub(crate) use backup::find_programs;
pub use connection::Connection;
pub(crate) use connection::{ANSWER, READING};
pub use copy::{COPY_PREFIX, copy, copy_owner, drop_copy};
pub(crate) use failure::PACKET;
pub use failure::{Category, Excerpt, Failure};
pub use harden::{Opening, openings, shut_openings};
pub use holder::{Blocked, Holder, blocked, break_lock, lock_holders};
pub use interrupt::interrupt;
pub use ledger::Entry;
pub use names::{is_safe_name, literal, quote, table_sql};
pub(crate) use provision::largest_packet;
pub use provision::{
    create_database, create_role, drop_database, drop_role, enter_anew, grant, marked, probe, probe_provisioning,
};
pub use schema::{InvalidIndex, LOOK, Schema, differences, invalid_indexes, look_of, schema};
pub(crate) use sqlite::{LONGEST_VALUE, reaches};
pub use statements::{Statement, position, statements, unclosed};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgres,
    /// MySQL, and MariaDB with it.
    Mysql,
    Sqlite,
}

impl Engine {
    pub const ALL: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::Mysql => "mysql",
            Engine::Sqlite => "sqlite",
        }
    }

    /// As a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Postgres => "PostgreSQL",
            Engine::Mysql => "MySQL and MariaDB",
            Engine::Sqlite => "SQLite",
        }
    }

    /// Whether DDL and the ledger row commit together.
    pub fn is_transactional(self) -> bool {
        match self {
            Engine::Postgres | Engine::Sqlite => true,
            Engine::Mysql => false,
        }
    }

    /// Whether a tenant is a file: without a server, roles, or sessions that could be seen.
    pub fn is_file(self) -> bool {
        match self {
            Engine::Sqlite => true,
            Engine::Postgres | Engine::Mysql => false,
        }
    }

    /// Whether new tenants can be copies of a [`template`].
    pub fn has_templates(self) -> bool {
        match self {
            Engine::Postgres => true,
            Engine::Mysql | Engine::Sqlite => false,
        }
    }

    /// Whether a database can be copied where it is.
    pub fn can_copy(self) -> bool {
        match self {
            Engine::Postgres | Engine::Sqlite => true,
            Engine::Mysql => false,
        }
    }

    /// Whether a file that runs outside a transaction may leave an index that is there and not used.
    pub fn leaves_invalid_indexes(self) -> bool {
        match self {
            Engine::Postgres => true,
            Engine::Mysql | Engine::Sqlite => false,
        }
    }

    /// Whether the server tells which program a session is of.
    pub fn tells_application(self) -> bool {
        match self {
            Engine::Postgres | Engine::Sqlite => true,
            Engine::Mysql => false,
        }
    }

    /// Whether a server takes messages of a certain size at most.
    pub fn limits_packets(self) -> bool {
        match self {
            Engine::Mysql => true,
            Engine::Postgres | Engine::Sqlite => false,
        }
    }

    /// 0 where there is none.
    pub fn default_port(self) -> u16 {
        match self {
            Engine::Postgres => 5432,
            Engine::Mysql => 3306,
            Engine::Sqlite => 0,
        }
    }

    /// Where an administrator signs in; empty for nowhere in particular.
    pub fn maintenance_database(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::Mysql | Engine::Sqlite => "",
        }
    }

    /// Databases of the server itself, which are nobody's.
    pub fn own_databases(self) -> &'static [&'static str] {
        match self {
            Engine::Postgres => &["postgres", "template0", "template1"],
            Engine::Mysql => &["mysql", "information_schema", "performance_schema", "sys"],
            Engine::Sqlite => &[],
        }
    }

    /// How the name of a backup ends.
    pub fn backup_ending(self) -> &'static str {
        match self {
            Engine::Postgres | Engine::Mysql => "sql",
            Engine::Sqlite => "db",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Engine {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Ok(Engine::Postgres),
            "mysql" | "mariadb" => Ok(Engine::Mysql),
            "sqlite" => Ok(Engine::Sqlite),
            _ => Err(Error::invalid("engine", format!("there is no engine \"{}\"", crate::error::printable(text)))
                .hint("postgres, mysql (or mariadb), sqlite")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    Off,
    /// Encrypted, whoever is at the other end.
    Require,
    /// Encrypted, and the certificate is that host's, from an authority this machine knows.
    VerifyFull,
}

impl Tls {
    pub fn as_str(self) -> &'static str {
        match self {
            Tls::Off => "off",
            Tls::Require => "require",
            Tls::VerifyFull => "verify-full",
        }
    }
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Tls {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "off" => Ok(Tls::Off),
            "require" => Ok(Tls::Require),
            "verify-full" => Ok(Tls::VerifyFull),
            _ => Err(Error::invalid("tls", format!("there is no TLS mode \"{}\"", crate::error::printable(text)))
                .hint("off, require, verify-full")),
        }
    }
}

/// Where and as whom to connect. No Debug: it holds a password.
#[derive(Clone)]
pub struct Target {
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub database: String,
    pub username: String,
    pub password: Option<SecretString>,
    pub tls: Tls,
    /// SQLite: the file, or for an administrator the folder.
    pub path: PathBuf,
    /// `neo:<run>:<tenant>`, seen in pg_stat_activity.
    pub application_name: String,
    pub connect_timeout: Duration,
    /// PostgreSQL `lock_timeout`, MySQL `lock_wait_timeout`/`innodb_lock_wait_timeout`, SQLite busy timeout.
    pub lock_timeout: Duration,
}

impl Target {
    /// What nobody is to read in what comes back from there.
    pub(crate) fn secret(&self) -> &str {
        self.password.as_ref().map(|password| password.expose_secret()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Probe {
    pub version: String,
    pub latency_ms: i64,
    /// Connections that may still be opened, where the engine can tell.
    pub headroom: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written_and_others_name_the_choices() {
        for engine in [Engine::Postgres, Engine::Mysql, Engine::Sqlite] {
            assert_eq!(engine.to_string().parse::<Engine>().expect("its own word"), engine);
        }
        assert_eq!("MariaDB".parse::<Engine>().expect("another word for it"), Engine::Mysql);
        assert_eq!("postgresql".parse::<Engine>().expect("another word for it"), Engine::Postgres);
        let error = "oracle".parse::<Engine>().expect_err("unknown");
        assert!(error.hint.expect("a hint").contains("sqlite"));
        for tls in [Tls::Off, Tls::Require, Tls::VerifyFull] {
            assert_eq!(tls.to_string().parse::<Tls>().expect("its own word"), tls);
        }
        assert!("prefer".parse::<Tls>().expect_err("unsafe").hint.expect("a hint").contains("verify-full"));
    }
}
