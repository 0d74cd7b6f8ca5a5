//! The SQL of waves.

use std::collections::BTreeMap;

use super::{parse, tasks};
use crate::central::Conn;
use crate::error::Result;
use crate::runs::{Run, Status, TaskCounts, WaveStatus};

/// The waves of a new run, by name; the first is open.
pub(in crate::runs) async fn insert(conn: &mut Conn, run_id: &str, names: &[String]) -> Result<()> {
    for (wave, name) in (1i64..).zip(names) {
        sqlx::query("insert into run_waves (run_id, wave, name) values ($1, $2, $3)")
            .bind(run_id.to_owned())
            .bind(wave)
            .bind(name.clone())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The newest wave that may be claimed from.
pub(in crate::runs) async fn open(conn: &mut Conn, run_id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select wave from runs where id = $1").bind(run_id.to_owned()).fetch_one(conn).await?)
}

pub(in crate::runs) async fn queued_up_to(conn: &mut Conn, run_id: &str, wave: i64) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from tasks where run_id = $1 and status = 'queued' and wave <= $2")
        .bind(run_id.to_owned())
        .bind(wave)
        .fetch_one(conn)
        .await?)
}

/// Its number, its name, when it began and ended, and how its tasks stood that are gone.
type Wave = (i64, String, Option<i64>, Option<i64>, Option<String>);

/// Every wave of a run, as it stands.
pub(in crate::runs) async fn all(conn: &mut Conn, run: &Run) -> Result<Vec<WaveStatus>> {
    let rows: Vec<Wave> = sqlx::query_as(
        "select wave, name, started_at, finished_at, pruned from run_waves where run_id = $1 order by wave",
    )
    .bind(run.id.clone())
    .fetch_all(&mut *conn)
    .await?;
    // Of a run that is over it is known how its tasks stand: they are not counted for each who looks.
    let is_whole = rows.len() == 1 && run.status.is_over();
    let mut counts: BTreeMap<i64, TaskCounts> = match is_whole {
        true => BTreeMap::from([(1, run.tenants)]),
        false => tasks::counts_by_wave(conn, &run.id).await?,
    };
    let settle = |(wave, name, started_at, finished_at, gone): Wave| {
        let gone: TaskCounts = gone.as_deref().filter(|_| !is_whole).map(parse).transpose()?.unwrap_or_default();
        let tenants = counts.remove(&wave).unwrap_or_default() + gone;
        Ok(WaveStatus { wave, name, status: status(run, wave, &tenants), tenants, started_at, finished_at })
    };
    rows.into_iter().map(settle).collect()
}

/// A wave with nothing left to do has ended as its tasks have; another is where its run is.
fn status(run: &Run, wave: i64, tenants: &TaskCounts) -> Status {
    // Who was current already is told so before the wave is open.
    let begun = wave <= run.wave && tenants.total > tenants.queued;
    match tenants.open() {
        0 if tenants.unsettled() > 0 => Status::Failed,
        0 if tenants.cancelled > 0 => Status::Cancelled,
        0 => Status::Succeeded,
        _ if !begun => Status::Queued,
        _ => run.status,
    }
}

/// Opens the wave after `open`, once: whoever comes second is told so.
pub(in crate::runs) async fn open_next(conn: &mut Conn, run_id: &str, open: i64) -> Result<bool> {
    let moved = sqlx::query("update runs set wave = wave + 1, gate = null where id = $1 and wave = $2")
        .bind(run_id.to_owned())
        .bind(open)
        .execute(&mut *conn)
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("update run_waves set finished_at = (select now_ms from clock) where run_id = $1 and wave = $2")
        .bind(run_id.to_owned())
        .bind(open)
        .execute(&mut *conn)
        .await?;
    begin(conn, run_id, open + 1).await?;
    Ok(true)
}

pub(in crate::runs) async fn begin(conn: &mut Conn, run_id: &str, wave: i64) -> Result<()> {
    sqlx::query(
        "update run_waves set started_at = coalesce(started_at, (select now_ms from clock)) where run_id = $1 and wave = $2",
    )
    .bind(run_id.to_owned())
    .bind(wave)
    .execute(conn)
    .await?;
    Ok(())
}

/// The run's end is that of its open wave.
pub(in crate::runs) async fn finish(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query(
        "update run_waves set finished_at = (select now_ms from clock)
          where run_id = $1 and started_at is not null and finished_at is null",
    )
    .bind(run_id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// The run stands at the end of this wave; false when it did already.
pub(in crate::runs) async fn set_gate(conn: &mut Conn, run_id: &str, wave: i64) -> Result<bool> {
    let done = sqlx::query("update runs set gate = $2 where id = $1 and gate is null")
        .bind(run_id.to_owned())
        .bind(wave)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Nothing waits at the end of a wave any more: whoever works on the run looks again.
pub(in crate::runs) async fn clear_gate(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update runs set gate = null where id = $1").bind(run_id.to_owned()).execute(conn).await?;
    Ok(())
}
