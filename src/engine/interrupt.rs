//! Cancelling the statement that one of our own sessions is at, from beside it.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Category, Connection, Engine, Failure, Target};

/// Asks the server to cancel the statement of the session that `target` opened and that holds the migration lock of its
/// database; true when there was one. Whoever else holds the lock is left alone. SQLite has no server to ask: see
/// [`Connection::heed`].
pub async fn interrupt(target: &Target) -> Result<bool, Failure> {
    if target.engine == Engine::Sqlite {
        return Ok(false);
    }
    let asked = async {
        let mut conn = Connection::open(target).await?;
        let engine = conn.engine();
        let outcome = match &mut conn {
            Connection::Postgres { conn, lock_key, .. } => postgres(conn, *lock_key, &target.application_name).await,
            Connection::Mysql { conn, lock_name, .. } => mysql(conn, lock_name).await,
            Connection::Sqlite { .. } => Ok(false),
        };
        conn.close().await;
        outcome.map_err(|e| Connection::failure(engine, &e))
    };
    match timeout(target.connect_timeout, asked).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(Category::Timeout, "no answer to a request to cancel a statement")),
    }
}

/// A role may cancel what it runs itself. Names are cut to 63 bytes by the server (NAMEDATALEN).
async fn postgres(conn: &mut sqlx::PgConnection, lock_key: i64, application: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "select count(*) filter (where pg_cancel_backend(a.pid)) \
         from pg_locks l join pg_stat_activity a on a.pid = l.pid \
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and a.state = 'active' \
         and l.database = (select oid from pg_database where datname = current_database()) \
         and ((l.classid::bigint << 32) | l.objid::bigint) = $1 \
         and a.usename = current_user and a.application_name = $2::name::text",
    )
    .bind(lock_key)
    .bind(application)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

/// Without PROCESS a login sees only the sessions of its own user, and those it may end.
async fn mysql(conn: &mut sqlx::MySqlConnection, lock_name: &str) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "select id from information_schema.processlist \
         where id = is_used_lock('{lock_name}') and user = substring_index(current_user(), '@', 1) and command = 'Query'"
    );
    let Some(row) = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_optional(&mut *conn).await? else { return Ok(false) };
    let id: i64 = row.try_get(0).or_else(|_| row.try_get::<u64, _>(0).map(|id| id as i64))?;
    sqlx::raw_sql(AssertSqlSafe(format!("kill query {id}"))).execute(conn).await?;
    Ok(true)
}

impl Connection {
    /// From here on a statement on SQLite ends soon after `stop` was cancelled. The servers of the other engines are asked
    /// with [`interrupt`].
    pub fn heed(&mut self, stop: &CancellationToken) {
        if let Connection::Sqlite { conn, .. } = self {
            conn.heed(stop.clone());
        }
    }

    /// From here on what runs on SQLite ends with [`code`](Failure) 9 once so much time has passed; with `None` it may take what
    /// the connection was opened for. To the servers of the other engines it is said with the statement.
    pub(super) fn end_within(&mut self, limit: Option<Duration>) {
        if let Connection::Sqlite { conn, .. } = self {
            conn.end_within(limit);
        }
    }
}
