//! Word of want: a worker with free hands that finds no room at a run, while others hold more than their share of it, says so.
//! They leave it what they hold too much of (ADR 0058). Nobody takes back what the dead have said: it goes stale.

use std::time::Duration;

use crate::central::Conn;
use crate::error::Result;

/// How long a word counts. Longer than anybody in want waits between two looks.
pub(super) const COUNTS: Duration = Duration::from_secs(3);
/// After so long it is said again.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// Whether there is a word at the run `$1` of another worker than `$2`, by the clock of the central database.
pub(super) fn is_any() -> String {
    let counts = COUNTS.as_millis();
    format!(
        "exists (select 1 from room_wants where run_id = $1 and worker_id <> $2 and at > (select now_ms from clock) - {counts})"
    )
}

pub(super) async fn say(conn: &mut Conn, run_id: &str, worker_id: &str) -> Result<()> {
    sqlx::query(
        "insert into room_wants (run_id, worker_id, at) values ($1, $2, (select now_ms from clock))
         on conflict (run_id, worker_id) do update set at = excluded.at",
    )
    .bind(run_id.to_owned())
    .bind(worker_id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn take_back(conn: &mut Conn, run_id: &str, worker_id: &str) -> Result<()> {
    sqlx::query("delete from room_wants where run_id = $1 and worker_id = $2")
        .bind(run_id.to_owned())
        .bind(worker_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
