//! Requests that are over and that nobody asks for any more.

use sqlx::AssertSqlSafe;

use crate::central::Conn;
use crate::error::Result;

/// Requests taken away at once, each with the tenants of its plan.
const BITE: i64 = 20;

/// Decided, or expired, before `$1`; what a run of theirs is told with stays for as long as that.
const OLD: &str = "expires_at < $1 and coalesce(decided_at, expires_at) < $1
     and not exists (select 1 from runs where runs.number = requests.run and runs.prune_due = 1)";

pub(crate) async fn count_old(conn: &mut Conn, before: i64) -> Result<i64> {
    let sql = format!("select count(*) from requests where {OLD}");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(before).fetch_one(conn).await?)
}

/// Takes some of them away; answers how many.
pub(crate) async fn take_old(conn: &mut Conn, before: i64) -> Result<i64> {
    let sql = format!("select id from requests where {OLD} order by number limit $2");
    let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(before).bind(BITE).fetch_all(&mut *conn).await?;
    for id in &ids {
        sqlx::query("delete from request_tenants where request_id = $1").bind(id.clone()).execute(&mut *conn).await?;
        sqlx::query("delete from requests where id = $1").bind(id.clone()).execute(&mut *conn).await?;
    }
    Ok(ids.len() as i64)
}
