//! Sessions that hold migration locks or keep others waiting, as `pg_locks` and `pg_stat_activity` show them.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::failure;
use crate::engine::holder::{Blocked, FIRST_WORDS, Holder};
use crate::engine::{Category, Failure, lock};

/// What is shown of a session `a`; of another role's it may be empty.
fn session() -> String {
    format!(
        "a.pid::bigint as pid, a.usename::text as usename, a.application_name, host(a.client_addr) as address, \
         extract(epoch from clock_timestamp() - a.backend_start)::bigint as seconds, a.state, \
         {} as query, {BEGAN} as began",
        words("a.query")
    )
}

/// The first words of a statement; nothing where this login may not see it and the server says so in its stead.
fn words(column: &str) -> String {
    format!("nullif(left(regexp_replace({column}, '\\s+', ' ', 'g'), {FIRST_WORDS}), '<insufficient privilege>')")
}

const BEGAN: &str = "(extract(epoch from a.backend_start) * 1000000)::bigint::text";
/// The lock that sqlx takes: one number of 64 bits, on a database.
const KEY: &str = "((l.classid::bigint << 32) | l.objid::bigint)";

fn holder(row: &PgRow) -> Holder {
    let text = |name: &str| row.try_get::<Option<String>, _>(name).ok().flatten();
    Holder {
        pid: row.try_get("pid").ok().flatten(),
        user: text("usename"),
        application: text("application_name"),
        address: text("address"),
        seconds: row.try_get("seconds").ok().flatten(),
        state: text("state"),
        query: text("query"),
        began: text("began"),
    }
}

/// Locks of all databases are seen from any.
pub(in crate::engine) async fn lock_holders(
    conn: &mut PgConnection,
    databases: &[String],
) -> Result<Vec<(String, Holder)>, Failure> {
    let sql = format!(
        "select d.datname::text as database, {KEY} as key, s.* \
         from pg_locks l join pg_database d on d.oid = l.database left join pg_stat_activity a on a.pid = l.pid \
         cross join lateral (select {}) s \
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and d.datname = any($1)",
        session()
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(databases).fetch_all(conn).await.map_err(|e| failure(&e))?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let database: String = row.try_get("database").ok()?;
            let is_ours = row.try_get::<i64, _>("key").ok()? == lock::key(&database);
            is_ours.then(|| (database, holder(row)))
        })
        .collect())
}

/// Of the database that this connection is at.
pub(in crate::engine) async fn own_lock_holders(conn: &mut PgConnection) -> Result<Vec<(String, Holder)>, Failure> {
    let database: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&mut *conn).await.map_err(|e| failure(&e))?;
    lock_holders(conn, &[database]).await
}

/// Looks and ends in one statement: between the two nothing can change hands.
pub(in crate::engine) async fn end_holder(
    conn: &mut PgConnection,
    database: &str,
    holder: &Holder,
) -> Result<bool, Failure> {
    let (Some(pid), Some(began)) = (holder.pid, &holder.began) else {
        return Err(Failure::new(Category::Permission, "the server's login may not see whose session holds the lock")
            .hint("grant it pg_read_all_stats and pg_signal_backend, or membership in that role"));
    };
    let sql = format!(
        "select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid \
         join pg_database d on d.oid = l.database \
         where a.pid = $1 and {BEGAN} = $2 and d.datname = $3 and {KEY} = $4 \
         and l.locktype = 'advisory' and l.granted and l.objsubid = 1"
    );
    let told: Option<bool> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(i32::try_from(pid).unwrap_or_default())
        .bind(began)
        .bind(database)
        .bind(lock::key(database))
        .fetch_optional(conn)
        .await
        .map_err(|e| failure(&e))?;
    Ok(told.unwrap_or(false))
}

pub(in crate::engine) async fn blocked(conn: &mut PgConnection) -> Result<Vec<Blocked>, Failure> {
    let sql = format!(
        "select w.application_name as waiting, w.datname::text as datname, {} as waits_for, {} \
         from pg_stat_activity w cross join lateral unnest(pg_blocking_pids(w.pid)) b(pid) \
         join pg_stat_activity a on a.pid = b.pid where w.application_name like 'neo:%' order by 1, a.pid",
        words("w.query"),
        session()
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(conn).await.map_err(|e| failure(&e))?;
    let text = |row: &PgRow, name: &str| row.try_get::<Option<String>, _>(name).ok().flatten().unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| Blocked {
            application: text(row, "waiting"),
            database: text(row, "datname"),
            query: text(row, "waits_for"),
            by: holder(row),
            is_certain: true,
        })
        .collect())
}
