//! A central database behind a pooler: one in session mode is as good as the server; in any other, what Neo listens to is told to
//! strangers, and locks exclude nobody.

use std::time::Duration;

use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor};
use tokio::time::timeout;

use crate::engine::is_pgbouncers;
use crate::error::{Advice, Error, Result};

const PATIENCE: Duration = Duration::from_secs(15);

/// Who answered so shortly ago is taken to be there still.
const FRESH: Duration = Duration::from_millis(500);

/// Whether a connection may be used that nobody has for so long: each question is one more way there and back.
pub(super) async fn is_there(conn: &mut AnyConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    Ok(idle < FRESH || conn.ping().await.is_ok())
}

/// Refuses one that gives its connections a session of the server's for a transaction at a time.
pub(super) async fn refuse(pool: &AnyPool) -> Result<()> {
    let asked = timeout(PATIENCE, are_sessions(pool)).await;
    let late = || {
        Error::unavailable("the central database does not answer to two sessions at once")
            .hint(Advice::operator(ADVICE))
    };
    match asked.map_err(|_| late())? {
        Ok(true) => Ok(()),
        Ok(false) => Err(no_sessions("in transaction mode")),
        Err(error) => Err(unreachable(error)),
    }
}

/// A central database that cannot be opened, and why.
pub(super) fn unreachable(source: sqlx::Error) -> Error {
    if let Some(refused) = refused(&source) {
        return refused;
    }
    Error::unavailable("the central database cannot be opened")
        .hint(Advice::operator("check DATABASE_URL: that the server is up, or the folder writable"))
        .cause(match &source {
            sqlx::Error::Database(e) => e.message().to_owned(),
            sqlx::Error::Io(e) => e.to_string(),
            _ => "no usable connection".to_owned(),
        })
        .source(source)
}

/// What a pooler says itself.
fn refused(error: &sqlx::Error) -> Option<Error> {
    let error = error.as_database_error()?;
    let (words, code) = (error.message(), error.code());
    if is_pgbouncers(words) {
        return Some(no_sessions("that refuses the start of a session").cause(words.to_owned()).hint(
            Advice::operator(
                "give the server's own address in DATABASE_URL; or let the pooler be in session mode, with \
             ignore_startup_parameters = extra_float_digits",
            ),
        ));
    }
    if words.contains("pooling mode") {
        return Some(no_sessions("in statement mode"));
    }
    let is_anothers = matches!(code.as_deref(), Some("42P05" | "26000")) && words.contains("\"sqlx_s_");
    is_anothers.then(|| no_sessions("in transaction mode"))
}

/// Whether each connection has a session to itself, also while another is in the middle of a transaction.
async fn are_sessions(pool: &AnyPool) -> Result<bool, sqlx::Error> {
    let (mut one, mut other) = (pool.acquire().await?, pool.acquire().await?);
    let first = session(&mut *one).await?;
    sqlx::raw_sql("begin").execute(&mut *other).await?;
    let within = session(&mut *other).await;
    let still = session(&mut *one).await;
    sqlx::raw_sql("rollback").execute(&mut *other).await?;
    Ok(first != within? && first == still?)
}

async fn session<'c>(conn: impl Executor<'c, Database = Any>) -> Result<i64, sqlx::Error> {
    use sqlx::Row;
    sqlx::raw_sql("select pg_backend_pid()::bigint").fetch_one(conn).await?.try_get(0)
}

fn no_sessions(how: &str) -> Error {
    Error::config(format!("DATABASE_URL leads to a pooler {how}")).cause(
        "the central database has to be a server, or a pooler in session mode: Neo listens there, and its locks are those of a session",
    )
    .hint(Advice::operator(ADVICE))
}

const ADVICE: &str = "give the server's own address in DATABASE_URL, or a pooler's in session mode";
