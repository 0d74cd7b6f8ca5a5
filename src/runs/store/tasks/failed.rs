//! The failed tasks of a run, and what counts of them.

use std::collections::HashMap;

use super::parse;
use crate::central::{Conn, stored};
use crate::engine::Engine;
use crate::error::Result;
use crate::runs::Failure;

/// A failed task, and whether it counts towards its tenant's quarantine.
pub(in crate::runs) struct Failed {
    pub id: String,
    pub tenant_id: String,
    pub engine: Engine,
    pub failure: Failure,
    pub is_counted: bool,
}

/// The failed tasks of a run.
pub(in crate::runs) async fn failed(conn: &mut Conn, run_id: &str) -> Result<Vec<Failed>> {
    let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
        "select tasks.id, tenant_id, engine, error, counted from tasks join servers on servers.id = tasks.server_id
          where run_id = $1 and status = 'failed' and error is not null",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?;
    let settle = |(id, tenant_id, engine, error, counted): (_, _, String, String, i64)| {
        Ok(Failed { id, tenant_id, engine: stored(&engine)?, failure: parse(&error)?, is_counted: counted != 0 })
    };
    rows.into_iter().map(settle).collect()
}

/// How many of a run's tenants have come through, or had nothing before them, by engine.
pub(in crate::runs) async fn passed(conn: &mut Conn, run_id: &str) -> Result<HashMap<Engine, i64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select engine, count(*) from tasks join servers on servers.id = tasks.server_id
          where run_id = $1 and (status = 'succeeded' or status = 'skipped' and reason = 'current') group by engine",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(engine, n)| Ok((stored(&engine)?, n))).collect()
}

/// What kept the tenants out that could not be reached when they were last worked on, by tenant.
pub(in crate::runs) async fn unreached(conn: &mut Conn) -> Result<HashMap<String, Failure>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select tenants.id, tasks.error from tenants join runs on runs.number = tenants.last_run
           join tasks on tasks.run_id = runs.id and tasks.tenant_id = tenants.id
          where tenants.state = 'unreachable' and tasks.error is not null",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(tenant, error)| Ok((tenant, parse(&error)?))).collect()
}

/// Whether a task's failure counts towards its tenant's quarantine from here on.
pub(in crate::runs) async fn set_counted(conn: &mut Conn, task_id: &str, is_counted: bool) -> Result<()> {
    sqlx::query("update tasks set counted = $2 where id = $1")
        .bind(task_id.to_owned())
        .bind(i64::from(is_counted))
        .execute(conn)
        .await?;
    Ok(())
}

/// How many failures of a run have one cause: those of the most frequent.
pub(in crate::runs) async fn most_alike(conn: &mut Conn, run_id: &str) -> Result<Option<(String, i64)>> {
    Ok(sqlx::query_as(
        "select fingerprint, count(*) as n from tasks where run_id = $1 and status = 'failed' and fingerprint is not null
          group by fingerprint order by n desc, fingerprint limit 1",
    )
    .bind(run_id.to_owned())
    .fetch_optional(conn)
    .await?)
}

/// Cancels what has not begun; answers the slugs.
pub(in crate::runs) async fn cancel_queued(conn: &mut Conn, run_id: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "update tasks set status = 'cancelled', epoch = epoch + 1, finished_at = (select now_ms from clock)
          where run_id = $1 and status = 'queued' returning tenant_slug",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?)
}
