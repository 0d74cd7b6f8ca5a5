//! A table of the ledger's name whose columns are none of a ledger's: somebody has made or changed it, and what the driver or the
//! server says of it names neither the column nor what it should be.

use tokio::time::timeout;

use super::{Row, TABLE};
use crate::engine::{ANSWER, Category, Connection, Engine, Failure, literal};

/// How long a checksum of sqlx's is. One of another length may be a text.
const CHECKSUM: usize = 48;

/// What a ledger has: the column, the type that Neo and sqlx make it with, and the words one of which is in the name of every
/// type that can be read as that.
type Column = (&'static str, &'static str, &'static [&'static str]);

fn columns(engine: Engine) -> [Column; 6] {
    match engine {
        Engine::Postgres => [
            ("version", "bigint", &["bigint"]),
            ("description", "text", &["text", "char"]),
            ("installed_on", "timestamp with time zone", &["timestamp", "date"]),
            ("success", "boolean", &["boolean"]),
            ("checksum", "bytea", &["bytea"]),
            ("execution_time", "bigint", &["bigint"]),
        ],
        Engine::Mysql => [
            ("version", "bigint", &["int"]),
            ("description", "text", &["text", "char"]),
            ("installed_on", "timestamp", &["time", "date"]),
            ("success", "boolean", &["int", "bit"]),
            ("checksum", "blob", &["blob", "binary"]),
            ("execution_time", "bigint", &["int"]),
        ],
        Engine::Sqlite => [
            ("version", "bigint", &["int"]),
            ("description", "text", &["text", "char", "clob"]),
            // SQLite has no type for it.
            ("installed_on", "timestamp", &[""]),
            ("success", "boolean", &["bool", "int"]),
            ("checksum", "blob", &["blob"]),
            ("execution_time", "bigint", &["int"]),
        ],
    }
}

/// Whether what was read leaves open that the columns are a ledger's.
pub(super) fn are_in_doubt(read: &Result<Option<Vec<Row>>, Failure>) -> bool {
    match read {
        Ok(Some(rows)) => rows.is_empty() || rows.iter().any(|row| row.checksum.len() != CHECKSUM),
        Ok(None) => false,
        Err(failure) => !failure.category.is_transient() && failure.category != Category::Permission,
    }
}

/// The first column that is missing or of another type, if that can be told.
pub(super) async fn wrong(conn: &mut Connection) -> Option<Failure> {
    let engine = conn.engine();
    // To be asked for its columns, a view on SQLite would be worked out.
    conn.are_plain(&[TABLE]).await.ok()?;
    let sql = match (&*conn, conn.ledger()) {
        (Connection::Postgres { .. }, ledger) => format!(
            "select pg_catalog.concat(attname, ' ', pg_catalog.format_type(atttypid, atttypmod)) from pg_catalog.pg_attribute \
             where attrelid = {}::pg_catalog.regclass and attnum > 0 and not attisdropped",
            literal(engine, &ledger)
        ),
        (Connection::Mysql { session, .. }, _) => format!(
            "select cast(concat(column_name, ' ', column_type) as char) from information_schema.columns \
             where table_schema = {} and table_name = '{TABLE}'",
            literal(engine, &session.target.database)
        ),
        (Connection::Sqlite { .. }, _) => {
            format!("select name || ' ' || type from pragma_table_info('{TABLE}', 'main')")
        }
    };
    let found = timeout(ANSWER, conn.texts(&sql)).await.ok()?.ok()?;
    let found: Vec<_> = found.iter().flatten().filter_map(|text| text.split_once(' ')).collect();
    // SQLite repeats a type as it was written.
    let found: Vec<_> = found.into_iter().map(|(name, of)| (name, of.to_lowercase())).collect();
    if found.is_empty() {
        return None;
    }
    let ledger = conn.ledger();
    let expected = columns(engine);
    let said = expected.iter().find_map(|(name, made, words)| match found.iter().find(|(found, _)| found == name) {
        None => Some(format!("{ledger} has no column {name}, which is {made} in a ledger")),
        Some((_, of)) if is_one_of(of, words) => None,
        Some((_, of)) if of.is_empty() => {
            Some(format!("{ledger} has a column {name} of no type, which is {made} in a ledger"))
        }
        Some((_, of)) => Some(format!("{ledger} has a column {name} of type {of}, which is {made} in a ledger")),
    })?;
    let all: Vec<_> = expected.iter().map(|(name, made, _)| format!("{name} {made}")).collect();
    Some(
        Failure::new(Category::Checksum, said)
            .detail(format!("a ledger has {}", all.join(", ")))
            .hint("find out who has made or changed it; put the column right, with its values, then run again"),
    )
}

fn is_one_of(found: &str, words: &[&str]) -> bool {
    words.iter().any(|word| found.contains(word)) && !found.ends_with("[]") && !found.ends_with("unsigned")
}
