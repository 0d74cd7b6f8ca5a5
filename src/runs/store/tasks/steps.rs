//! What was done to one tenant in a run, file by file: told of its tries, and of the one that goes on.

use neo_model::AttemptStep;
use serde::Deserialize;
use sqlx::FromRow;

use crate::central::{Conn, stored};
use crate::error::Result;
use crate::runs::{Attempt, EventKind, TaskStatus};

/// As many of a run's newest events are looked through. Of a tenant that was through long before its run's end among ten
/// thousand others only how many files it had is told then.
const EVENTS: i64 = 20_000;

#[derive(FromRow)]
struct Task {
    tenant_slug: String,
    status: String,
    attempt: i64,
    started_at: Option<i64>,
    actor: String,
}

#[derive(Deserialize)]
struct Told {
    tenant: String,
    attempt: i64,
    migration: String,
    ms: Option<i64>,
}

/// `tries`: all of this tenant (slug or id), in order. One that runs has no row yet, and is put behind them.
pub(super) async fn tell(conn: &mut Conn, run_id: &str, tenant: &str, tries: &mut Vec<Attempt>) -> Result<()> {
    let task: Option<Task> = sqlx::query_as(
        "select tasks.tenant_slug, tasks.status, tasks.attempt, tasks.started_at, coalesce(tasks.asked_by, runs.actor) as actor
           from tasks join runs on runs.id = tasks.run_id
          where tasks.run_id = $1 and (tasks.tenant_slug = $2 or tasks.tenant_id = $2)",
    )
    .bind(run_id.to_owned())
    .bind(tenant.to_owned())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(task) = task else { return Ok(()) };
    let status: TaskStatus = stored(task.status)?;
    if status == TaskStatus::Running && tries.iter().all(|tried| tried.attempt != task.attempt) {
        tries.push(Attempt {
            tenant: task.tenant_slug.clone(),
            attempt: task.attempt,
            status,
            started_at: task.started_at,
            ms: None,
            applied: 0,
            failure: None,
            actor: Some(task.actor),
            steps: Vec::new(),
        });
    }
    for (at, body) in told(conn, run_id, &task.tenant_slug).await? {
        let Ok(Told { tenant, attempt, migration, ms }) = serde_json::from_str(&body) else { continue };
        let Some(tried) = tries.iter_mut().find(|tried| tried.attempt == attempt && tried.tenant == tenant) else {
            continue;
        };
        tried.steps.push(AttemptStep { migration, at, ms });
        if tried.status == TaskStatus::Running {
            tried.applied = tried.steps.len() as i64;
        }
    }
    Ok(())
}

/// When, and what: bodies that name this slug.
async fn told(conn: &mut Conn, run_id: &str, slug: &str) -> Result<Vec<(i64, String)>> {
    Ok(sqlx::query_as(
        "select at, body from (select seq, at, type, body from run_events where run_id = $1 order by seq desc limit $2) newest
          where type in ($3, $4) and body like $5 order by seq",
    )
    .bind(run_id.to_owned())
    .bind(EVENTS)
    .bind(EventKind::MigrationApplied.as_str().to_owned())
    .bind(EventKind::MigrationReverted.as_str().to_owned())
    .bind(format!("%\"{slug}\"%"))
    .fetch_all(conn)
    .await?)
}
