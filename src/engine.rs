//! A tenant database engine behind one face: connect, lock, execute, create, drop, quote. One file per engine.
use crate::error::Result;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgres,
    Mysql,
    Sqlite,
}
impl Engine {
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::Mysql => "mysql",
            Engine::Sqlite => "sqlite",
        }
    }
    /// Whether DDL and the ledger row commit together.
    pub fn is_transactional(self) -> bool {
        self != Engine::Mysql
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    Off,
    Require,
    VerifyFull,
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
    /// SQLite: the file.
    pub path: PathBuf,
    /// `neo:<run>:<tenant>`, seen in pg_stat_activity.
    pub application_name: String,
    pub connect_timeout: Duration,
    /// PostgreSQL `lock_timeout`, MySQL `lock_wait_timeout`/`innodb_lock_wait_timeout`, SQLite busy timeout.
    pub lock_timeout: Duration,
}

#[derive(Debug, Clone, Serialize)]
pub struct Probe {
    pub version: String,
    pub latency_ms: i64,
    /** Connections that may still be opened, where the engine can tell. */
    pub headroom: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Connect,
    Auth,
    Lock,
    Timeout,
    Checksum,
    Dirty,
    Constraint,
    Syntax,
    Exists,
    Permission,
    Disk,
    Other,
}
impl Category {
    /// Whether trying again can help by itself.
    pub fn is_transient(self) -> bool {
        matches!(self, Category::Connect | Category::Lock | Category::Timeout)
    }
}

/// A database's own words, kept whole: what a failed task shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub category: Category,
    pub code: Option<String>,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// `20250126000006_add_custom_fields`
    pub migration: Option<String>,
    /// The file as given: `migrations/tenant/….up.sql`
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// The message with names and literals normalised, hashed: 6 hex digits.
    pub fingerprint: String,
}

/// One dedicated connection, outside any pool. Stores match on it where the SQL differs:
/// `Connection::Postgres { conn, .. } => …`.
pub enum Connection {
    /// `lock_key`: what sqlx's migrator locks in this database.
    Postgres {
        conn: sqlx::PgConnection,
        lock_key: i64,
    },
    /// `lock_name`: the same, server-wide.
    Mysql {
        conn: sqlx::MySqlConnection,
        lock_name: String,
    },
    Sqlite {
        conn: sqlx::SqliteConnection,
        path: PathBuf,
        lock: Option<std::fs::File>,
    },
}

impl Connection {
    pub async fn open(_target: &Target) -> Result<Self, Failure> {
        todo!()
    }
    pub fn engine(&self) -> Engine {
        todo!()
    }
    pub async fn close(self) {
        todo!()
    }
    /// The migration lock, the same that sqlx-cli takes on PostgreSQL and MySQL; a file lock beside a SQLite file. Tried
    /// until `deadline`; then `Category::Lock`, naming the holder (pid, user, application, age) where the engine can tell.
    pub async fn lock(&mut self, _deadline: Duration) -> Result<(), Failure> {
        todo!()
    }
    pub async fn unlock(&mut self) {
        todo!()
    }
    /// Runs one or more statements as they are (simple protocol). On failure line and column within `sql` are set: the
    /// database's own position where it gives one, else the start of the statement that failed.
    pub async fn execute(&mut self, _sql: &str) -> Result<(), Failure> {
        todo!()
    }
    /// Turns an sqlx error of this connection into a failure (category, code, detail, hint, fingerprint).
    pub fn failure(_engine: Engine, _error: &sqlx::Error) -> Failure {
        todo!()
    }
}

/// The statements of a script with where each starts (1-based line and column): comments, quotes, dollar quotes and
/// MySQL's backslashes are understood; empty ones are left out.
pub fn statements(_engine: Engine, _sql: &str) -> Vec<Statement<'_>> {
    todo!()
}
impl Failure {
    /// A failure that Neo itself found, in its own words.
    pub fn new(_category: Category, _message: impl Into<String>) -> Self {
        todo!()
    }
}
pub struct Statement<'a> {
    pub sql: &'a str,
    pub offset: usize,
    pub line: u32,
    pub column: u32,
}

/// Quotes an identifier for this engine; the one place that does. Generated names are checked by [`is_safe_name`] as well.
pub fn quote(_engine: Engine, _identifier: &str) -> String {
    todo!()
}
/// `^[a-z][a-z0-9_]{2,39}$`
pub fn is_safe_name(_name: &str) -> bool {
    todo!()
}

pub async fn probe(_target: &Target) -> Result<Probe, Failure> {
    todo!()
}
/// Creates and drops a scratch database, to prove that this login may provision.
pub async fn probe_provisioning(_admin: &Target) -> Result<(), Failure> {
    todo!()
}

// What provisioning is made of. `admin` is the server's administrator; every one of these may be called twice. `name` is
// both database and (postgres, mysql) role owner; SQLite: `admin.path` is the folder, the file is `<name>.db`, roles are no-ops.

/// Creates the login role with `password` (postgres: as a SCRAM verifier computed here), NOSUPERUSER and friends, with a
/// connection limit; an existing one that bears this tenant's marker gets the password anew.
pub async fn create_role(
    _admin: &Target,
    _role: &str,
    _password: &SecretString,
    _tenant_id: &str,
) -> Result<(), Failure> {
    todo!()
}
/// Creates the database, owned by `role` where the engine knows owners, marked with the tenant's id, closed to PUBLIC.
/// An existing one without this tenant's marker is `Category::Exists`.
pub async fn create_database(_admin: &Target, _database: &str, _role: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
/// Grants the role what it needs on its database and nothing elsewhere.
pub async fn grant(_admin: &Target, _database: &str, _role: &str) -> Result<(), Failure> {
    todo!()
}
/// Drops it if it is there and bears this tenant's marker (connections are ended first); one without is an error.
pub async fn drop_database(_admin: &Target, _database: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
pub async fn drop_role(_admin: &Target, _role: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
/// Databases on this server that bear a Neo marker: `(database, tenant id)`, for the doctor's orphans.
pub async fn marked(_admin: &Target) -> Result<Vec<(String, String)>, Failure> {
    todo!()
}
/// Writes a backup of the tenant's database to `file` (pg_dump, mariadb-dump, VACUUM INTO).
pub async fn backup(_tenant: &Target, _file: &std::path::Path) -> Result<(), Failure> {
    todo!()
}
