//! A run as it is told to whoever is confined to a tag, or to nobody.

use super::{Counted, parse};
use crate::central::Conn;
use crate::error::Result;
use crate::runs::{Failure, TaskCounts};

/// A condition over `tasks`: with the tag that is bound as `$2`, or any where that is empty.
const INSIDE: &str =
    "($2 = '' or tenant_id in (select inside.tenant_id from tenant_tags inside where inside.tag = $2))";

/// How the tasks of a run stand whose tenants have this tag.
pub(in crate::runs) async fn counts_with(conn: &mut Conn, run_id: &str, tag: &str) -> Result<TaskCounts> {
    let sql = super::counts::counting("cast(0 as bigint)", INSIDE);
    let rows: Vec<Counted> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(tag.to_owned()).fetch_all(conn).await?;
    let mut counts = TaskCounts::default();
    for row in rows {
        row.add_to(&mut counts)?;
    }
    Ok(counts)
}

/// Failed and unknown tasks of tenants with this tag (none: of all), in order: `(slug, failure)`.
pub(in crate::runs) async fn failures_with(
    conn: &mut Conn,
    run_id: &str,
    tag: Option<&str>,
) -> Result<Vec<(String, Failure)>> {
    let sql = format!(
        "select tenant_slug, error from tasks
          where run_id = $1 and status in ('failed', 'unknown') and error is not null and {INSIDE} order by position"
    );
    let rows: Vec<(String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(run_id.to_owned())
        .bind(tag.unwrap_or_default().to_owned())
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(|(slug, error)| Ok((slug, parse(&error)?))).collect()
}

/// The first tenant of a run (its slug), for what is about one.
pub(in crate::runs) async fn first(conn: &mut Conn, run_id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select tenant_slug from tasks where run_id = $1 order by position limit 1")
        .bind(run_id.to_owned())
        .fetch_optional(conn)
        .await?)
}
