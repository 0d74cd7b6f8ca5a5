//! The SQL of what one process does for all.

use std::time::Duration;

use sqlx::FromRow;

use crate::central::{CentralEngine, Conn};
use crate::error::Result;

/// Takes up a piece of work for as long as `lease`, unless somebody is at it or it was done a while ago.
pub(super) async fn take(conn: &mut Conn, name: &str, holder: &str, lease: Duration) -> Result<bool> {
    let taken = sqlx::query(
        "update upkeep set holder = $2, until = (select now_ms from clock) + $3 where name = $1 and until <= (select now_ms from clock)",
    )
    .bind(name.to_owned())
    .bind(holder.to_owned())
    .bind(millis(lease))
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Its holder is at it still; false where it has become somebody else's.
pub(super) async fn renew(conn: &mut Conn, name: &str, holder: &str, lease: Duration) -> Result<bool> {
    let renewed =
        sqlx::query("update upkeep set until = (select now_ms from clock) + $3 where name = $1 and holder = $2")
            .bind(name.to_owned())
            .bind(holder.to_owned())
            .bind(millis(lease))
            .execute(conn)
            .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Its holder has ended: nobody takes it up again for so long. `told`: what came of it, where it was done.
pub(super) async fn rest(
    conn: &mut Conn,
    name: &str,
    holder: &str,
    pause: Duration,
    told: Option<String>,
) -> Result<()> {
    sqlx::query(
        "update upkeep set holder = null, until = (select now_ms from clock) + $3,
                done_at = case when $4 <> '' then (select now_ms from clock) else done_at end, told = case when $4 <> '' then $4 else told end
          where name = $1 and holder = $2",
    )
    .bind(name.to_owned())
    .bind(holder.to_owned())
    .bind(millis(pause))
    .bind(told.unwrap_or_default())
    .execute(conn)
    .await?;
    Ok(())
}

/// When it was last done, and what came of it; and the time of the central clock.
#[derive(FromRow)]
pub(super) struct Done {
    pub done_at: Option<i64>,
    pub told: Option<String>,
    pub now_ms: i64,
}

pub(super) async fn done(conn: &mut Conn, name: &str) -> Result<Done> {
    Ok(sqlx::query_as("select done_at, told, (select now_ms from clock) as now_ms from upkeep where name = $1")
        .bind(name.to_owned())
        .fetch_one(conn)
        .await?)
}

/// Gives pages that are free back to the file system, some at a time; false where there are none, or where the file keeps them (one that
/// was made before it was told not to).
pub(super) async fn give_back(conn: &mut Conn, engine: CentralEngine) -> Result<bool> {
    if engine.is_shared() {
        return Ok(false);
    }
    let before = free_pages(conn).await?;
    if before == 0 {
        return Ok(false);
    }
    // A page a step: all have to be fetched.
    sqlx::raw_sql("pragma incremental_vacuum(500)").fetch_all(&mut *conn).await?;
    Ok(free_pages(conn).await? < before)
}

async fn free_pages(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("pragma freelist_count").fetch_one(conn).await?)
}

/// SQLite: how many bytes the file has, and how many of them are free.
pub(super) async fn size(conn: &mut Conn, engine: CentralEngine) -> Result<Option<(i64, i64)>> {
    if engine.is_shared() {
        return Ok(None);
    }
    let page: i64 = sqlx::query_scalar("pragma page_size").fetch_one(&mut *conn).await?;
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&mut *conn).await?;
    Ok(Some((page * pages, page * free_pages(conn).await?)))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
