//! What earlier runs took: a sample of the newest, whatever the fleet's size.

use serde::Deserialize;

use crate::central::Conn;
use crate::error::Result;
use crate::runs::EventKind;

/// Runs that are looked into, events of each, tasks of each: newest first.
const RUNS: i64 = 8;
const EVENTS: i64 = 1000;
const TASKS: i64 = 500;

#[derive(Default)]
pub(in crate::runs) struct History {
    /// Label and milliseconds of migrations that were applied.
    pub applied: Vec<(String, i64)>,
    /// Of tasks that applied something: milliseconds in all, migrations in all, how many tasks.
    pub tasks: (i64, i64, i64),
}

#[derive(Deserialize)]
struct Applied {
    migration: String,
    ms: i64,
}

/// Of migrate runs alone: provisioning fills empty databases.
pub(in crate::runs) async fn history(conn: &mut Conn) -> Result<History> {
    let runs: Vec<String> = sqlx::query_scalar(
        "select id from runs where kind = 'migrate' and started_at is not null order by number desc limit $1",
    )
    .bind(RUNS)
    .fetch_all(&mut *conn)
    .await?;
    let mut history = History::default();
    for run in runs {
        let bodies: Vec<String> = sqlx::query_scalar(
            "select body from (select type, body from run_events where run_id = $1 order by seq desc limit $2) newest
              where type = $3",
        )
        .bind(run.clone())
        .bind(EVENTS)
        .bind(EventKind::MigrationApplied.as_str())
        .fetch_all(&mut *conn)
        .await?;
        let applied = bodies.iter().filter_map(|body| serde_json::from_str::<Applied>(body).ok());
        history.applied.extend(applied.map(|applied| (applied.migration, applied.ms)));
        let tasks: Vec<(i64, i64)> = sqlx::query_as(
            "select ms, applied from tasks where run_id = $1 and status = 'succeeded' and applied > 0 and ms is not null limit $2",
        )
        .bind(run)
        .bind(TASKS)
        .fetch_all(&mut *conn)
        .await?;
        for (ms, applied) in tasks {
            history.tasks.0 += ms;
            history.tasks.1 += applied;
            history.tasks.2 += 1;
        }
    }
    Ok(history)
}
