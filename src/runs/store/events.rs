//! What happened in a run, numbered without gaps.

use serde::Serialize;
use sqlx::{AssertSqlSafe, FromRow};

use super::json;
use crate::central::rows::{self, Holds};
use crate::central::{CentralEngine, Conn, stored};
use crate::error::Result;
use crate::runs::{EventKind, Status};

/// An event before it has its number: type and body.
pub(in crate::runs) type NewEvent = (EventKind, serde_json::Value);

/// Appends events to a run's story. Holding the run's row keeps numbers and commits in one order.
pub(in crate::runs) async fn append(conn: &mut Conn, run_id: &str, events: &[NewEvent]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let last: i64 = sqlx::query_scalar("update runs set last_seq = last_seq + $2 where id = $1 returning last_seq")
        .bind(run_id.to_owned())
        .bind(events.len() as i64)
        .fetch_one(&mut *conn)
        .await?;
    #[derive(Serialize)]
    struct Row<'a> {
        seq: i64,
        kind: &'a str,
        body: String,
    }
    let columns = [("seq", Holds::Number), ("kind", Holds::Text), ("body", Holds::Text)];
    let sql = format!(
        "insert into run_events (run_id, seq, at, type, body)
         select $2, j.seq, (select now_ms from clock), j.kind, j.body from {}",
        rows::rows(conn, &columns)
    );
    let mut seq = last - events.len() as i64 + 1..;
    for chunk in events.chunks(rows::MOST) {
        let row = |((kind, body), seq): (&NewEvent, i64)| Ok(Row { seq, kind: kind.as_str(), body: json(body)? });
        let list = chunk.iter().zip(&mut seq).map(row).collect::<Result<Vec<_>>>()?;
        sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(rows::list(&list)?)
            .bind(run_id.to_owned())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

#[derive(FromRow)]
pub(in crate::runs) struct EventRow {
    pub seq: i64,
    pub at: i64,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub body: String,
}

/// Events after `after`, in order.
pub(in crate::runs) async fn events(conn: &mut Conn, run_id: &str, after: i64, limit: i64) -> Result<Vec<EventRow>> {
    Ok(sqlx::query_as(
        "select seq, at, type, body from run_events where run_id = $1 and seq > $2 order by seq limit $3",
    )
    .bind(run_id.to_owned())
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// Orders this transaction among all that change the run: workers' rounds, and what people ask for. Taken before anything
/// else of the run is touched, it keeps them from waiting for each other crosswise, and makes what they count exact. On
/// PostgreSQL the answer is the transaction's number, by which [`committed`] tells later what became of it; SQLite has one
/// writer anyway.
pub(in crate::runs) async fn hold(conn: &mut Conn, run_id: &str) -> Result<Option<String>> {
    if CentralEngine::of(conn) == CentralEngine::Sqlite {
        return Ok(None);
    }
    Ok(sqlx::query_scalar("select pg_current_xact_id()::text from runs where id = $1 for update")
        .bind(run_id.to_owned())
        .fetch_optional(conn)
        .await?)
}

/// Whether a transaction whose commit was not answered took place; `None` while that is not decided. Where another server has become the
/// primary since, it may never have heard of that transaction, and gives its number to another: whoever asks looks as well for what it wrote.
pub(in crate::runs) async fn committed(conn: &mut Conn, transaction: &str) -> Result<Option<bool>> {
    // A standby does not know yet.
    let status = "select case when pg_is_in_recovery() then 'in progress' else pg_xact_status($1::xid8) end";
    let status: Option<String> = match sqlx::query_scalar(status).bind(transaction.to_owned()).fetch_one(conn).await {
        // A number that it has given to nobody.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("22023") => return Ok(Some(false)),
        answered => answered?,
    };
    Ok(match status.as_deref() {
        Some("committed") => Some(true),
        Some("in progress") => None,
        _ => Some(false),
    })
}

/// A run's status and newest event: what watchers and workers poll.
pub(in crate::runs) struct Pulse {
    pub status: Status,
    pub wanted: Option<Status>,
    /// The statements in flight are to be cancelled.
    pub interrupt: bool,
    /// Maintenance windows keep nobody from it.
    pub despite_windows: bool,
    pub last_seq: i64,
}

pub(in crate::runs) async fn pulse(conn: &mut Conn, run_id: &str) -> Result<Pulse> {
    let (status, wanted, interrupt, last_seq, despite): (String, Option<String>, i64, i64, Option<String>) =
        sqlx::query_as("select status, wanted, interrupt, last_seq, despite_windows from runs where id = $1")
            .bind(run_id.to_owned())
            .fetch_one(conn)
            .await?;
    let wanted = wanted.map(stored).transpose()?;
    let despite_windows = despite.is_some();
    Ok(Pulse { status: stored(&status)?, wanted, interrupt: interrupt != 0, despite_windows, last_seq })
}
