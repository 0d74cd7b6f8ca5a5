//! The runs that somebody may be working on, or is to work on: those planned for later are neither.

use sqlx::{AssertSqlSafe, FromRow};

use super::DUE;
use crate::central::{Conn, stored};
use crate::error::Result;
use crate::runs::Status;

/// A live run as whoever looks for work sees it, which is each time that any run has changed: its tasks are not counted.
pub(in crate::runs) struct Live {
    pub id: String,
    pub number: i64,
    pub status: Status,
}

pub(in crate::runs) async fn active(conn: &mut Conn) -> Result<Vec<Live>> {
    #[derive(FromRow)]
    struct Row {
        id: String,
        number: i64,
        status: String,
    }
    let sql =
        format!("select id, number, status from runs where status in ('queued', 'running') and {DUE} order by number");
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(conn).await?;
    rows.into_iter().map(|row| Ok(Live { id: row.id, number: row.number, status: stored(row.status)? })).collect()
}

/// Whether there is any live run but this.
pub(in crate::runs) async fn is_any_other(conn: &mut Conn, run_id: &str) -> Result<bool> {
    let sql = format!(
        "select case when exists (select 1 from runs where status in ('queued', 'running') and id <> $1 and {DUE}) then 1 else 0 end"
    );
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(run_id.to_owned()).fetch_one(conn).await?;
    Ok(found == 1)
}
