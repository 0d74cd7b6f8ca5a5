//! The engines that tenants live on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Unreadable, printable};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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

    /// Whether new tenants can be copies of a template.
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

    /// Databases of the server itself and of Neo there, which are nobody's.
    pub fn own_databases(self) -> &'static [&'static str] {
        match self {
            Engine::Postgres => &["postgres", "template0", "template1"],
            // The last is where Neo marks what it has made.
            Engine::Mysql => &["mysql", "information_schema", "performance_schema", "sys", "_neo"],
            Engine::Sqlite => &[],
        }
    }

    /// How the name of a backup ends.
    pub fn backup_ending(self) -> &'static str {
        match self {
            // What `psql` cannot read is not called as if it could.
            Engine::Postgres => "dump",
            Engine::Mysql => "sql",
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
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text.trim().to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Ok(Engine::Postgres),
            "mysql" | "mariadb" => Ok(Engine::Mysql),
            "sqlite" => Ok(Engine::Sqlite),
            _ => Err(Unreadable::new("engine", format!("there is no engine \"{}\"", printable(text)))
                .hint("postgres, mysql (or mariadb), sqlite")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text.trim().to_ascii_lowercase().as_str() {
            "off" => Ok(Tls::Off),
            "require" => Ok(Tls::Require),
            "verify-full" => Ok(Tls::VerifyFull),
            _ => Err(Unreadable::new("tls", format!("there is no TLS mode \"{}\"", printable(text)))
                .hint("off, require, verify-full")),
        }
    }
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
