//! The SQL of who is on it.

use sqlx::FromRow;

use crate::central::Conn;
use crate::error::Result;
use crate::runs::{Acknowledged, Run};

#[derive(FromRow)]
struct Row {
    cause: String,
    who: String,
    at: i64,
    note: Option<String>,
}

/// The whole run first, then by cause.
pub(in crate::runs) async fn of_run(conn: &mut Conn, run: &Run) -> Result<Vec<Acknowledged>> {
    let rows: Vec<Row> =
        sqlx::query_as("select cause, who, at, note from acknowledgements where run_id = $1 order by cause")
            .bind(run.id.clone())
            .fetch_all(conn)
            .await?;
    let told = |row: Row| Acknowledged {
        run: run.number,
        cause: Some(row.cause).filter(|cause| !cause.is_empty()),
        who: row.who,
        at: row.at,
        note: row.note,
    };
    Ok(rows.into_iter().map(told).collect())
}

/// Whoever was on it before is not any more.
pub(in crate::runs) async fn put(
    conn: &mut Conn,
    run_id: &str,
    cause: &str,
    who: &str,
    note: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into acknowledgements (run_id, cause, who, at, note) values ($1, $2, $3, (select now_ms from clock), $4)
         on conflict (run_id, cause) do update set who = excluded.who, at = excluded.at, note = excluded.note",
    )
    .bind(run_id.to_owned())
    .bind(cause.to_owned())
    .bind(who.to_owned())
    .bind(note.map(str::to_owned))
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody was.
pub(in crate::runs) async fn end(conn: &mut Conn, run_id: &str, cause: &str) -> Result<bool> {
    let ended = sqlx::query("delete from acknowledgements where run_id = $1 and cause = $2")
        .bind(run_id.to_owned())
        .bind(cause.to_owned())
        .execute(conn)
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// What was looked into is mended.
pub(in crate::runs) async fn end_all(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("delete from acknowledgements where run_id = $1").bind(run_id.to_owned()).execute(conn).await?;
    Ok(())
}
