//! How many runs and tasks there are.

use crate::central::{Conn, stored};
use crate::error::Result;
use crate::runs::{Kind, Status};

pub(in crate::runs) async fn runs(conn: &mut Conn) -> Result<Vec<(Kind, Status, i64)>> {
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as("select kind, status, count(*) from runs group by kind, status").fetch_all(conn).await?;
    rows.into_iter().map(|(kind, status, n)| Ok((stored(&kind)?, stored(&status)?, n))).collect()
}

/// Queued, and running, of runs that are not over.
pub(in crate::runs) async fn tasks(conn: &mut Conn) -> Result<(i64, i64)> {
    let live =
        [Status::Queued, Status::Running, Status::Paused].map(|status| format!("'{}'", status.as_str())).join(", ");
    let sql = format!(
        "select coalesce(sum(case when tasks.status = 'queued' then 1 else 0 end), 0),
                coalesce(sum(case when tasks.status = 'running' then 1 else 0 end), 0)
           from runs join tasks on tasks.run_id = runs.id
          where runs.status in ({live}) and tasks.status in ('queued', 'running')"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(conn).await?)
}

pub(in crate::runs) async fn waiting_ms(conn: &mut Conn) -> Result<i64> {
    let sql = "select coalesce(max(c.now_ms - case when coalesce(r.not_before, 0) > r.created_at then r.not_before else r.created_at end), 0)
                 from runs r, clock c where r.status = $1 and coalesce(r.not_before, 0) <= c.now_ms";
    Ok(sqlx::query_scalar(sql).bind(Status::Queued.as_str()).fetch_one(conn).await?)
}
