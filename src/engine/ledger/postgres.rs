//! Where PostgreSQL keeps a ledger, and what is in it.

use std::collections::HashMap;

use futures::TryStreamExt;
use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, Either, Row as _};

use super::{Row, TABLE, columns, is_absent, row, shown, there, unread};
use crate::clock::rfc3339;
use crate::engine::{Category, Connection, Engine, Failure};

/// Everything of the ledger's name: its schema, what it is, and whether it is somebody's temporary one. Each tenant is asked
/// this in a session that knows nothing yet, where a join, or a name for a number, costs more than all the rest: the sorting out
/// is ours, and names are asked for where they are needed ([`NAMES`]).
const PLACES: &str = "select relnamespace, relkind, relpersistence from pg_catalog.pg_class where relname = '_sqlx_migrations' limit 100; ";
/// The same schemas by name, in quotes.
const NAMES: &str = "select relnamespace, relnamespace::pg_catalog.regnamespace::text, 'name' \
     from pg_catalog.pg_class where relname = '_sqlx_migrations' limit 100";

/// Where it is and what is in it are asked in one message: nearly always it is where it was last, or in `public`.
pub(super) async fn rows(conn: &mut Connection) -> Result<Option<Vec<Row>>, Failure> {
    let rows = columns(conn);
    let (places, rows) = look(conn, PLACES, &rows).await?;
    match (places.as_slice(), rows) {
        ([], _) => Ok(None),
        // There is one table of this name, and it was read.
        ([(_, 'r' | 'p')], Some(rows)) => Ok(Some(rows)),
        _ => {
            let places = named(conn, places).await?;
            if places.is_empty() {
                // Gone since.
                return Ok(None);
            }
            let place = only(&places)?;
            conn.session_mut().ledger_schema = Some(place);
            let rows = columns(conn);
            Ok(look(conn, "", &rows).await?.1)
        }
    }
}

/// Refuses when what has a ledger's name is no table, or is there twice.
pub(super) async fn is_one(conn: &mut Connection) -> Result<(), Failure> {
    let (places, _) = look(conn, PLACES, "").await?;
    if places.is_empty() { Ok(()) } else { only(&named(conn, places).await?).map(drop) }
}

/// By the names of their schemas.
async fn named(conn: &mut Connection, places: Vec<(Oid, char)>) -> Result<Vec<(String, char)>, Failure> {
    let Connection::Postgres { conn, .. } = conn else { return Ok(Vec::new()) };
    let failure = |e: &sqlx::Error| Connection::failure(Engine::Postgres, e);
    let rows = sqlx::raw_sql(NAMES).fetch_all(conn).await.map_err(|e| failure(&e))?;
    let mut names = HashMap::new();
    for row in rows {
        let pair = row.try_get::<Oid, _>(0).and_then(|oid| Ok((oid, row.try_get::<String, _>(1)?)));
        names.extend([pair.map_err(|e| failure(&e))?]);
    }
    let mut named: Vec<_> =
        places.into_iter().filter_map(|(schema, kind)| Some((names.get(&schema)?.clone(), kind))).collect();
    named.sort();
    Ok(named)
}

/// The one schema that has a ledger.
fn only(places: &[(String, char)]) -> Result<String, Failure> {
    match places {
        [(place, 'r' | 'p')] => Ok(place.clone()),
        [(place, _)] => Err(Failure::new(Category::Checksum, format!("{place}.{TABLE} is not a table"))
            .detail("the ledger is a table; what is found under its name is none")
            .hint("rename it, then run again")),
        _ => {
            let names: Vec<_> = places.iter().take(10).map(|(place, _)| format!("{place}.{TABLE}")).collect();
            Err(Failure::new(Category::Checksum, format!("there are {} ledgers: {}", places.len(), names.join(", ")))
                .detail("which of them tells what has been applied, nobody can say from here")
                .hint("find out which one is true, and rename or drop the others"))
        }
    }
}

/// Seconds since 1970.
fn at(seconds: f64) -> String {
    rfc3339((seconds * 1000.0) as i64)
}

/// The server's type of one letter, which sqlx takes for a number.
fn letter(row: &sqlx::postgres::PgRow, column: usize) -> Result<char, sqlx::Error> {
    row.try_get::<i8, _>(column).map(|letter| char::from(letter as u8))
}

type Places = Vec<(Oid, char)>;

async fn look(conn: &mut Connection, places: &str, rows: &str) -> Result<(Places, Option<Vec<Row>>), Failure> {
    let sql = format!("{places}{rows}");
    let Connection::Postgres { conn: session, .. } = conn else { return Ok(Default::default()) };
    let (mut found, mut rows) = (Places::new(), Vec::<Row>::new());
    let row: fn(&sqlx::postgres::PgRow) -> Result<Row, sqlx::Error> =
        row!(|text: String| hex::decode(text).unwrap_or_default(), |seconds: Option<f64>| seconds.map(at));
    let read = async {
        let mut answers = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(session);
        while let Some(answer) = answers.try_next().await? {
            match answer {
                Either::Right(answer) if answer.len() == 3 => {
                    let (kind, persistence) = (letter(&answer, 1)?, letter(&answer, 2)?);
                    if persistence != 't' && matches!(kind, 'r' | 'p' | 'v' | 'm' | 'f') {
                        found.push((answer.try_get(0)?, kind));
                    }
                }
                Either::Right(answer) => rows.push(row(&answer)?),
                Either::Left(_) => {}
            }
        }
        Ok(())
    };
    let read: Result<(), sqlx::Error> = read.await;
    rows.sort_by_key(|row| row.version);
    match read {
        Ok(()) => Ok((found, Some(rows))),
        Err(error) if is_absent(Engine::Postgres, &error) => Ok((found, None)),
        Err(error) => Err(unread(conn, &error)),
    }
}
