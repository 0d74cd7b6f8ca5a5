//! The ledger: `_sqlx_migrations` inside the tenant's own database, in sqlx's own format, so that sqlx-cli reads what Neo has
//! written and Neo what sqlx-cli has.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::Row as _;
use tokio::time::timeout;

use super::{Migration, Set, Source};
use crate::engine::{ANSWER, Category, Connection, Engine, Failure};

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub version: i64,
    pub description: String,
    pub success: bool,
    pub checksum: Vec<u8>,
    pub execution_ns: i64,
    pub installed_on: Option<String>,
}

// One statement in the simple protocol is one round trip; a prepared one would be two, for a query that is sent once.
const READ_POSTGRES: &str = "select version, description, success, checksum, execution_time, \
     to_char(installed_on at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') \
     from _sqlx_migrations order by version";
const READ_MYSQL: &str = "select version, description, success, checksum, execution_time, \
     cast(installed_on as char) from _sqlx_migrations order by version";
const READ_SQLITE: &str = "select version, description, success, checksum, execution_time, \
     cast(installed_on as text) from _sqlx_migrations order by version";

/// A row of any of the three drivers: they share no trait that knows all these types.
macro_rules! row {
    () => {
        |r| {
            Ok(Row {
                version: r.try_get(0)?,
                description: r.try_get(1)?,
                success: r.try_get(2)?,
                checksum: r.try_get(3)?,
                execution_ns: r.try_get(4)?,
                installed_on: r.try_get(5)?,
            })
        }
    };
}

/// All rows by version, within a deadline; an absent table is an empty ledger.
pub async fn read(conn: &mut Connection) -> Result<Vec<Row>, Failure> {
    Ok(find(conn).await?.unwrap_or_default())
}

/// The same, telling an absent table (`None`) from an empty one.
pub(super) async fn find(conn: &mut Connection) -> Result<Option<Vec<Row>>, Failure> {
    let engine = conn.engine();
    let Ok(read) = timeout(ANSWER, ask(conn)).await else {
        return Err(Failure::new(Category::Timeout, "the server does not answer to a look at the ledger")
            .detail(format!("waited {} s for the rows of _sqlx_migrations", ANSWER.as_secs())));
    };
    match read {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if is_absent(engine, &error) => Ok(None),
        Err(error) => Err(Connection::failure(engine, &error)),
    }
}

async fn ask(conn: &mut Connection) -> Result<Vec<Row>, sqlx::Error> {
    match conn {
        Connection::Postgres { conn, .. } => {
            sqlx::raw_sql(READ_POSTGRES).fetch_all(conn).await.and_then(|rows| rows.iter().map(row!()).collect())
        }
        Connection::Mysql { conn, .. } => {
            sqlx::raw_sql(READ_MYSQL).fetch_all(conn).await.and_then(|rows| rows.iter().map(row!()).collect())
        }
        Connection::Sqlite { conn, .. } => {
            sqlx::raw_sql(READ_SQLITE).fetch_all(conn).await.and_then(|rows| rows.iter().map(row!()).collect())
        }
    }
}

fn is_absent(engine: Engine, error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match engine {
        Engine::Postgres => error.code().as_deref() == Some("42P01"),
        // The SQLSTATE for "no such table"; the number is 1146.
        Engine::Mysql => error.code().as_deref() == Some("42S02"),
        Engine::Sqlite => error.message() == "no such table: _sqlx_migrations",
    }
}

/// The table, as sqlx's migrator of this engine makes it.
pub(super) fn create_sql(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => {
            "create table if not exists _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, \
             execution_time bigint not null);"
        }
        Engine::Mysql | Engine::Sqlite => {
            "create table if not exists _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamp not null default current_timestamp, success boolean not null, \
             checksum blob not null, execution_time bigint not null);"
        }
    }
}

/// `execution_ns` is a number, or an expression of our own that yields one.
pub(super) fn insert_sql(
    engine: Engine,
    migration: &Migration,
    up: &Source,
    success: bool,
    execution_ns: impl std::fmt::Display,
) -> String {
    let checksum = bytes(engine, &up.checksum);
    // A description is letters, digits and blanks: the file name's pattern sees to it.
    format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values ({}, '{}', {success}, {checksum}, {execution_ns});",
        migration.version,
        migration.description(),
    )
}

pub(super) fn finish_sql(version: i64, execution_ns: impl std::fmt::Display) -> String {
    format!("update _sqlx_migrations set success = true, execution_time = {execution_ns} where version = {version};")
}

/// A row that was dirty, brought to its end by a person or from a checkpoint: with the checksum of the file as it is now.
pub(super) fn settle_sql(engine: Engine, version: i64, checksum: &[u8], execution_ns: &str) -> String {
    let checksum = bytes(engine, checksum);
    format!(
        "update _sqlx_migrations set success = true, checksum = {checksum}, execution_time = {execution_ns} where version = {version};"
    )
}

fn bytes(engine: Engine, bytes: &[u8]) -> String {
    let hex = hex::encode(bytes);
    match engine {
        Engine::Postgres => format!("decode('{hex}', 'hex')"),
        Engine::Mysql | Engine::Sqlite => format!("x'{hex}'"),
    }
}

pub(super) fn dirty_sql(version: i64) -> String {
    format!("update _sqlx_migrations set success = false where version = {version};")
}

/// Which statement of a dirty row's file failed is kept where its time would be: below -1, which is sqlx's "not known".
pub(super) fn stopped_sql(version: i64, statement: usize) -> String {
    format!("update _sqlx_migrations set execution_time = -1 - {statement} where version = {version} and not success;")
}

impl Row {
    /// The row of a migration that has just gone through, as the database has it now; when, is left to its clock.
    pub(super) fn applied(migration: &Migration, up: &Source, took: Duration) -> Self {
        Self {
            version: migration.version,
            description: migration.description(),
            success: true,
            checksum: up.checksum.clone(),
            execution_ns: i64::try_from(took.as_nanos()).unwrap_or(i64::MAX),
            installed_on: None,
        }
    }

    /// The statement (from 1) at which a dirty row's script stopped, when Neo has seen it stop.
    pub fn stopped_at(&self) -> Option<usize> {
        usize::try_from(-1 - self.execution_ns).ok().filter(|n| !self.success && *n > 0)
    }
}

pub(super) fn clean_sql(version: i64) -> String {
    format!("update _sqlx_migrations set success = true where version = {version};")
}

pub(super) fn delete_sql(version: i64) -> String {
    format!("delete from _sqlx_migrations where version = {version};")
}

/// Equal to [`Set::digest`] when exactly those migrations are applied, unchanged. A dirty row makes it equal to nothing.
pub fn digest(set: &Set, engine: Engine, rows: &[Row]) -> String {
    let applied = digest_of(rows.iter().map(|row| {
        let up = set.find(row.version).and_then(|m| m.on(engine)).map(|script| &script.up);
        (row.version, up.filter(|up| up.is(&row.checksum)).map_or(&row.checksum[..], |up| &up.folded))
    }));
    if rows.iter().all(|r| r.success) { applied } else { format!("{DIRTY}{applied}") }
}

/// How the digest of a ledger with a dirty row begins.
pub const DIRTY: &str = "dirty:";

pub(super) fn digest_of<'a>(applied: impl Iterator<Item = (i64, &'a [u8])>) -> String {
    let mut digest = Sha256::new();
    for (version, checksum) in applied {
        digest.update(version.to_be_bytes());
        digest.update((checksum.len() as u64).to_be_bytes());
        digest.update(checksum);
    }
    hex::encode(digest.finalize())
}
