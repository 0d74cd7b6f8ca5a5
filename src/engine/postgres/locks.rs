//! Sessions that hold migration locks or keep others waiting, as `pg_locks` and `pg_stat_activity` show them.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::admin::{Admin, text};
use super::failure;
use crate::engine::held::{Blocked, FIRST_WORDS, Holder, lock_key, told};
use crate::engine::{Category, Engine, Failure};

/// What is shown of a session `a`; of another role's it may be empty.
fn session() -> String {
    format!(
        "a.pid::int8 as pid, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as address, \
         extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::int8 as seconds, a.state, \
         {} as query, {BEGAN} as began",
        words("a.query")
    )
}

/// The first words of a statement; nothing where this login may not see it and the server says so in its stead.
fn words(column: &str) -> String {
    format!(
        "nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.left({column}, 4000), '\\s+', ' ', 'g'), \
         {FIRST_WORDS}), '<insufficient privilege>')"
    )
}

const BEGAN: &str = "(extract(epoch from a.backend_start) * 1000000)::int8::text";
/// The lock that sqlx takes: one number of 64 bits, on a database.
const KEY: &str = "((l.classid::int8 << 32) | l.objid::int8)";

fn holder(row: &PgRow) -> Holder {
    let text = |name: &str| row.try_get::<Option<String>, _>(name).ok().flatten();
    Holder {
        pid: row.try_get("pid").ok().flatten(),
        user: text("usename"),
        application: text("application_name"),
        address: text("address"),
        seconds: row.try_get("seconds").ok().flatten(),
        state: text("state"),
        query: text("query").map(|query| told(Engine::Postgres, &query)),
        began: text("began"),
    }
}

fn holders(databases: &[String]) -> String {
    let names: Vec<_> = databases.iter().map(|database| text(database)).collect();
    format!(
        "select d.datname::text as database, {KEY} as key, s.* \
         from pg_catalog.pg_locks l join pg_catalog.pg_database d on d.oid = l.database \
         left join pg_catalog.pg_stat_activity a on a.pid = l.pid cross join lateral (select {}) s \
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and d.datname in ({})",
        session(),
        names.join(", ")
    )
}

fn held(rows: &[PgRow]) -> Vec<(String, Holder)> {
    let held = rows.iter().filter_map(|row| {
        let database: String = row.try_get("database").ok()?;
        let is_ours = row.try_get::<i64, _>("key").ok()? == lock_key(&database);
        is_ours.then(|| (database, holder(row)))
    });
    held.collect()
}

impl Admin {
    /// Locks of all databases are seen from any.
    pub(in crate::engine) async fn lock_holders(
        &mut self,
        databases: &[String],
    ) -> Result<Vec<(String, Holder)>, Failure> {
        if databases.is_empty() {
            return Ok(Vec::new());
        }
        Ok(held(&self.rows(&holders(databases)).await?))
    }

    /// Who is connected to a database: the first of them.
    pub(super) async fn sessions_at(&mut self, database: &str) -> Result<Vec<Holder>, Failure> {
        let sql = format!(
            "select {} from pg_catalog.pg_stat_activity a where a.datname = {} order by a.pid limit 5",
            session(),
            text(database)
        );
        Ok(self.rows(&sql).await?.iter().map(holder).collect())
    }

    /// Looks and ends in one statement: between the two nothing can change hands.
    pub(in crate::engine) async fn end_holder(&mut self, database: &str, holder: &Holder) -> Result<bool, Failure> {
        if holder.pid.is_none() {
            let why =
                "no session holds the lock: a transaction does that was prepared, unless its session has just ended";
            return Err(Failure::new(Category::Lock, why).hint(format!(
                "see it with: select gid from pg_prepared_xacts where database = {}; and end it there with: rollback prepared",
                text(database)
            )));
        }
        let (Some(pid), Some(began)) = (holder.pid, &holder.began) else {
            let why = "the server's login may not see whose session holds the lock";
            return Err(Failure::new(Category::Permission, why)
                .hint("grant it pg_read_all_stats and pg_signal_backend, or membership in that role"));
        };
        let sql = format!(
            "select pg_catalog.pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a \
             join pg_catalog.pg_locks l on l.pid = a.pid join pg_catalog.pg_database d on d.oid = l.database \
             where a.pid = {pid} and {BEGAN} = {} and d.datname = {} and {KEY} = {} \
             and l.locktype = 'advisory' and l.granted and l.objsubid = 1",
            text(began),
            text(database),
            lock_key(database)
        );
        Ok(self.one(&sql).await?.unwrap_or(false))
    }

    pub(in crate::engine) async fn blocked(&mut self) -> Result<Vec<Blocked>, Failure> {
        let sql = format!(
            "select w.application_name as waiting, w.pid::int8 as waiter, w.datname::text as datname, {} as waits_for, {} \
             from pg_catalog.pg_stat_activity w cross join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b(pid) \
             join pg_catalog.pg_stat_activity a on a.pid = b.pid where w.application_name like 'neo:%' order by 1, a.pid",
            words("w.query"),
            session()
        );
        let rows = self.rows(&sql).await?;
        let text = |row: &PgRow, name: &str| row.try_get::<Option<String>, _>(name).ok().flatten().unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| Blocked {
                application: text(row, "waiting"),
                pid: row.try_get("waiter").ok().flatten(),
                database: text(row, "datname"),
                query: told(Engine::Postgres, &text(row, "waits_for")),
                by: holder(row),
                is_certain: true,
            })
            .collect())
    }
}

/// Of the database that this connection is at, which is a tenant's own.
pub(in crate::engine) async fn own_lock_holders(conn: &mut PgConnection) -> Result<Vec<(String, Holder)>, Failure> {
    let sql = "select pg_catalog.current_database()::text";
    let database: String = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.map_err(|e| failure(&e))?;
    let rows = sqlx::raw_sql(AssertSqlSafe(holders(&[database]))).fetch_all(conn).await.map_err(|e| failure(&e))?;
    Ok(held(&rows))
}
