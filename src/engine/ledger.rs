//! The ledger's table in each engine's words: `_sqlx_migrations` in sqlx's own format, so that sqlx-cli reads what Neo has
//! written and Neo what sqlx-cli has.
//!
//! It has one place, and goes by its full name: whatever a file, a role or a person has made of the search path or of the
//! chosen database, it is found there.

mod columns;
mod entry;
mod postgres;

use std::time::Instant;

use sqlx::{AssertSqlSafe, Row as _};
use tokio::time::timeout;

pub use entry::Entry;
pub(super) use entry::{WRITTEN, WRITTEN_SOON, unwritten};

use super::sqlite::Value;
use super::{ANSWER, Category, Connection, Engine, Failure, READING, quote};

const TABLE: &str = "_sqlx_migrations";
/// Where PostgreSQL's ledger is made.
const SCHEMA: &str = "public";

/// The ledger is the tenant's to write: so many rows of it are read and not one more, and of each as much as one that Neo or
/// sqlx has written can have (a file's name; a checksum of 48 bytes; a time).
const MOST_ROWS: usize = 10_000;
const MOST_CHARACTERS: usize = 300;
const MOST_BYTES: usize = 64;
const MOST_TIME: usize = 40;

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub version: i64,
    pub description: String,
    pub success: bool,
    pub checksum: Vec<u8>,
    pub execution_ns: i64,
    pub installed_on: Option<String>,
}

impl Row {
    /// The statement (from 1) at which a dirty row's script stopped, when Neo has seen it stop.
    pub fn stopped_at(&self) -> Option<usize> {
        usize::try_from(-1 - self.execution_ns).ok().filter(|n| !self.success && *n > 0)
    }
}

/// A description of more characters than are read is cut, and says so.
fn shown(description: String) -> String {
    match description.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}… (cut)", &description[..end]),
        None => description,
    }
}

/// What no row of a ledger lacks.
fn there<T>(column: Option<T>) -> Result<T, sqlx::Error> {
    column.ok_or_else(|| sqlx::Error::Decode("no row of a ledger lacks this".into()))
}

/// A row of either of the two drivers: they share no trait that knows all these types. PostgreSQL writes bytes in one of two
/// ways, as the server is set, and so tells the checksum in hexadecimal; of a time it tells the seconds.
macro_rules! row {
    ($checksum:expr, $installed_on:expr) => {
        |r| {
            Ok(Row {
                version: there(r.try_get(0)?)?,
                description: shown(there(r.try_get(1)?)?),
                success: there(r.try_get(2)?)?,
                checksum: $checksum(there(r.try_get(3)?)?),
                execution_ns: there(r.try_get(4)?)?,
                installed_on: $installed_on(r.try_get(5)?),
            })
        }
    };
}

use row;

/// The same of what a process that works on a SQLite file answers.
fn sqlite(row: &[Value]) -> Result<Row, sqlx::Error> {
    let [version, description, success, checksum, execution_ns, installed_on] = row else { return there(None) };
    Ok(Row {
        version: there(version.number()?)?,
        description: shown(there(description.text()?)?.to_owned()),
        success: there(success.number()?)? != 0,
        checksum: there(checksum.bytes()?)?.to_owned(),
        execution_ns: there(execution_ns.number()?)?,
        installed_on: installed_on.text()?.map(str::to_owned),
    })
}

/// All rows by version, within a deadline; an absent table is an empty ledger.
pub async fn read(conn: &mut Connection) -> Result<Vec<Row>, Failure> {
    Ok(find(conn).await?.unwrap_or_default())
}

/// The same, telling an absent table (`None`) from an empty one. Refuses two of them.
pub(crate) async fn find(conn: &mut Connection) -> Result<Option<Vec<Row>>, Failure> {
    let began = Instant::now();
    conn.end_within(Some(READING));
    // To PostgreSQL the time is not said: that would be one statement more for each tenant. We let go of what is late.
    let limit = if conn.engine() == Engine::Postgres { READING } else { ANSWER };
    let Ok(read) = timeout(limit, ask(conn)).await else {
        if conn.engine() == Engine::Postgres {
            return Err(Box::pin(too_slow(conn, None)).await);
        }
        return Err(Failure::new(Category::Timeout, "the server does not answer to a look at the ledger")
            .detail(format!("waited {} s for the rows of {TABLE}", ANSWER.as_secs())));
    };
    conn.end_within(None);
    if columns::are_in_doubt(&read)
        && let Some(failure) = columns::wrong(conn).await
    {
        return Err(failure);
    }
    match read {
        Ok(Some(rows)) if rows.len() > MOST_ROWS => Err(too_many(conn)),
        Ok(Some(rows)) => match rows.windows(2).find(|pair| pair[0].version == pair[1].version) {
            Some(pair) => Err(twice(conn, pair[0].version)),
            None => Ok(Some(rows)),
        },
        Err(failure) if failure.is_too_long() => Err(too_long(conn, failure)),
        Err(failure) if failure.is_cut_short() && began.elapsed() >= READING => {
            Err(too_slow(conn, Some(failure)).await)
        }
        read => read,
    }
}

fn too_many(conn: &Connection) -> Failure {
    Failure::new(Category::Checksum, format!("{} has more than {MOST_ROWS} rows", conn.ledger()))
        .detail("a ledger has one for each migration; so many are not read")
        .hint("find out who has written them; what has been applied can be told only once they are gone")
}

fn twice(conn: &Connection, version: i64) -> Failure {
    Failure::new(Category::Checksum, format!("{} has version {version} more than once", conn.ledger()))
        .detail("a ledger has one row for each migration, and its version is its primary key")
        .hint("find out which row is true and delete the others; then make version the primary key again")
}

fn too_long(conn: &Connection, failure: Failure) -> Failure {
    Failure::new(Category::Checksum, format!("{} has, or makes, more than what is read of it", conn.ledger()))
        .code(failure.code.unwrap_or_default())
        .detail(failure.message)
        .hint("see what has that name in the tenant's database: Neo has written nothing of that length there")
}

/// A row that has something else than a ledger's columns have.
fn unread(conn: &Connection, error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            Failure::new(Category::Checksum, format!("{} has a row that is none of a ledger's", conn.ledger()))
                .detail("a version, whether it succeeded, a checksum or its time is missing, or of another kind")
                .hint("find out who has written it; what has been applied can be told only once it is mended")
        }
        error => Connection::failure(conn.engine(), error),
    }
}

/// A table is read in a moment; what takes longer is none, or is kept from being read. (Boxed where it is called: hardly ever
/// needed, it holds a whole opening of a connection.)
async fn too_slow(conn: &mut Connection, failure: Option<Failure>) -> Failure {
    if let Connection::Postgres { session, .. } = conn {
        // In the place of a session that is still at it, which ends with its connection.
        let target = session.target.clone();
        match Connection::open(&target).await {
            Ok(other) => *conn = other,
            Err(failure) => return failure,
        }
        if let Ok(Err(said)) = timeout(READING, postgres::is_one(conn)).await
            && said.category == Category::Checksum
        {
            return said;
        }
    }
    Failure::new(Category::Timeout, format!("{} could not be read within {} s", conn.ledger(), READING.as_secs()))
        .code(failure.and_then(|failure| failure.code).unwrap_or_else(|| "57014".into()))
        .detail("is it a view, or does somebody hold it locked?")
        .hint("see what has that name in the tenant's database; once it is a table that can be read, run again")
}

async fn ask(conn: &mut Connection) -> Result<Option<Vec<Row>>, Failure> {
    let engine = conn.engine();
    conn.are_plain(&[TABLE]).await?;
    let sql = columns(conn);
    let read = match conn {
        Connection::Postgres { .. } => return postgres::rows(conn).await,
        Connection::Mysql { conn, .. } => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(conn).await;
            rows.and_then(|rows| {
                rows.iter().map(row!(|bytes: Vec<u8>| bytes, |time: Option<String>| time)).collect::<Result<_, _>>()
            })
        }
        Connection::Sqlite { conn, .. } => {
            conn.ask(&sql, Vec::new()).await.and_then(|rows| rows.iter().map(|row| sqlite(row)).collect())
        }
    };
    match read {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if is_absent(engine, &error) => Ok(None),
        Err(error) => Err(unread(conn, &error)),
    }
}

// One statement in the simple protocol is one round trip; a prepared one would be two, for a query that is sent once.
fn columns(conn: &Connection) -> String {
    let (characters, bytes, rows) = (MOST_CHARACTERS + 1, MOST_BYTES + 1, MOST_ROWS + 1);
    // How long it may take is said with it, to MySQL and MariaDB.
    let (select, description, checksum, installed_on) = match conn.engine() {
        Engine::Postgres => (
            "select".to_owned(),
            format!("pg_catalog.left(description, {characters})"),
            format!("pg_catalog.encode(pg_catalog.substr(checksum, 1, {bytes}), 'hex')"),
            // Whatever the session's time zone and style are. Looked up in a cold session, `to_char` takes four times as long.
            "pg_catalog.date_part('epoch', installed_on)".to_owned(),
        ),
        Engine::Mysql => (
            format!(
                "/*M!100100 set statement max_statement_time = {} for */ select /*+ max_execution_time({}) */",
                READING.as_secs(),
                READING.as_millis()
            ),
            format!("left(description, {characters})"),
            format!("left(checksum, {bytes})"),
            format!("left(cast(installed_on as char), {MOST_TIME})"),
        ),
        Engine::Sqlite => (
            "select".to_owned(),
            format!("substr(description, 1, {characters})"),
            format!("substr(checksum, 1, {bytes})"),
            format!("substr(cast(installed_on as text), 1, {MOST_TIME})"),
        ),
    };
    // PostgreSQL would look up how to sort first.
    let order = if conn.engine() == Engine::Postgres { "" } else { "order by version " };
    format!(
        "{select} version, {description}, success, {checksum}, execution_time, {installed_on} \
         from {} {order}limit {rows}",
        conn.ledger()
    )
}

fn is_absent(engine: Engine, error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match engine {
        Engine::Postgres => error.code().as_deref() == Some("42P01"),
        // The SQLSTATE for "no such table"; the number is 1146.
        Engine::Mysql => error.code().as_deref() == Some("42S02"),
        Engine::Sqlite => error.message() == format!("no such table: main.{TABLE}"),
    }
}

impl Connection {
    /// The ledger's full name.
    pub(super) fn ledger(&self) -> String {
        match self {
            Connection::Postgres { session, .. } => {
                format!("{}.{TABLE}", session.ledger_schema.as_deref().unwrap_or(SCHEMA))
            }
            Connection::Mysql { session, .. } => format!("{}.{TABLE}", quote(Engine::Mysql, &session.target.database)),
            Connection::Sqlite { .. } => format!("main.{TABLE}"),
        }
    }

    /// Where a ledger that is not there yet is to be made (PostgreSQL): in this schema, its name in quotes where it needs them.
    pub(crate) fn keep_ledger_in(&mut self, schema: Option<String>) {
        self.session_mut().ledger_schema = schema;
    }
}

/// Writes that these have been applied, all or none: a tenant is taken over from another tool.
pub(crate) async fn write(conn: &mut Connection, entries: &[Entry]) -> Result<(), Failure> {
    let Some(first) = entries.first() else { return Ok(()) };
    let rows: String = entries.iter().map(|entry| entry.done(conn, "0")).collect();
    conn.execute(&format!("begin; {} {rows} commit;", first.create(conn))).await
}

/// What a person has decided of a dirty row: all of it is there, or none is.
pub(crate) async fn decide(conn: &mut Connection, entry: &Entry, is_there: bool) -> Result<(), Failure> {
    let sql = if is_there { entry.finished(conn, "0") } else { entry.delete(conn) };
    let limit = match conn.engine() {
        Engine::Postgres => WRITTEN_SOON,
        Engine::Mysql | Engine::Sqlite => "",
    };
    conn.execute(&format!("{limit} {sql}")).await.map_err(|failure| match failure.is_cut_short() {
        true => unwritten(conn, failure),
        false => failure,
    })
}

/// How a person gets a tenant out of a migration that is neither there nor not.
pub(crate) fn way_out(version: i64) -> String {
    format!(
        "before this tenant is migrated again, either finish the rest by hand and run \"update {TABLE} set success = true \
         where version = {version}\", or undo it by hand and run \"{}\"",
        taken_out(version)
    )
}

/// What a person runs to take a row out of the ledger.
pub(crate) fn taken_out(version: i64) -> String {
    format!("delete from {TABLE} where version = {version}")
}
