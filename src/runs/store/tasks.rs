//! The SQL of tasks and attempts.

mod applied;
mod claims;
mod counts;
mod drift;
mod ends;
mod failed;
mod listing;
mod steps;
mod tagged;

pub(in crate::runs) use applied::*;
pub(in crate::runs) use claims::*;
pub(in crate::runs) use counts::*;
pub(in crate::runs) use drift::*;
pub(in crate::runs) use ends::*;
pub(in crate::runs) use failed::*;
pub(in crate::runs) use listing::*;
pub(in crate::runs) use tagged::*;

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::{DUE, json, parse};
use crate::central::rows::{self, Holds};
use crate::central::{CentralEngine, Conn, stored};
use crate::engine::Category;
use crate::error::Result;
use crate::runs::{Failure, Reason, Status, TaskStatus};
use crate::tenants::Tenant;

/// One task of a new run.
pub(in crate::runs) struct NewTask<'a> {
    pub tenant: &'a Tenant,
    /// Why it is not connected to: known to be current, or in quarantine.
    pub skip: Option<Reason>,
    /// From 1.
    pub wave: i64,
    /// The versions a rollback is to undo, newest first.
    pub plan: Option<Vec<i64>>,
}

/// So many new tasks change what PostgreSQL has to know of the table.
const MANY: usize = 1000;

/// Positions are the order given.
pub(in crate::runs) async fn insert(
    conn: &mut Conn,
    engine: CentralEngine,
    run_id: &str,
    tasks: &[NewTask<'_>],
    to: Option<i64>,
) -> Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        id: String,
        tenant_id: &'a str,
        tenant_slug: &'a str,
        server_id: &'a str,
        position: i64,
        status: &'a str,
        reason: Option<&'a str>,
        from_version: Option<i64>,
        plan: Option<String>,
        wave: i64,
    }
    impl<'a> Row<'a> {
        fn of(task: &'a NewTask<'a>, number: i64, position: i64) -> Result<Self> {
            let status = if task.skip.is_some() { TaskStatus::Skipped } else { TaskStatus::Queued };
            Ok(Self {
                id: crate::id::in_order(number),
                tenant_id: &task.tenant.id,
                tenant_slug: &task.tenant.slug,
                server_id: &task.tenant.server_id,
                position,
                status: status.as_str(),
                reason: task.skip.as_ref().map(|why| why.as_str()),
                from_version: task.tenant.version,
                plan: task.plan.as_ref().map(json).transpose()?,
                wave: task.wave,
            })
        }
    }
    const COLUMNS: [(&str, Holds); 10] = [
        ("id", Holds::Text),
        ("tenant_id", Holds::Text),
        ("tenant_slug", Holds::Text),
        ("server_id", Holds::Text),
        ("position", Holds::Number),
        ("status", Holds::Text),
        ("reason", Holds::Text),
        ("from_version", Holds::Number),
        ("plan", Holds::Text),
        ("wave", Holds::Number),
    ];
    let number: i64 = sqlx::query_scalar("select number from runs where id = $1")
        .bind(run_id.to_owned())
        .fetch_one(&mut *conn)
        .await?;
    let columns = COLUMNS.map(|(column, _)| column).join(", ");
    let sql = format!(
        "insert into tasks ({columns}, run_id, to_version, run_number, applied, attempt, epoch, versions)
         select {}, $2, $3, $4, 0, 0, 0, '[]' from {}",
        COLUMNS.map(|(column, _)| format!("j.{column}")).join(", "),
        rows::rows(conn, &COLUMNS)
    );
    let mut position = 0i64..;
    for chunk in tasks.chunks(rows::MOST) {
        let row = |(task, position)| Row::of(task, number, position);
        let list = chunk.iter().zip(&mut position).map(row).collect::<Result<Vec<_>>>()?;
        sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(rows::list(&list)?)
            .bind(run_id.to_owned())
            .bind(to)
            .bind(number)
            .execute(&mut *conn)
            .await?;
    }
    // It counts by itself within a minute or two. Until then it takes them for few, and reads and sorts all that are queued for each claim.
    match engine {
        CentralEngine::Postgres if tasks.len() >= MANY => {
            sqlx::raw_sql("analyze tasks").execute(&mut *conn).await?;
        }
        CentralEngine::Postgres | CentralEngine::Sqlite => {}
    }
    Ok(())
}

/// A task that a live run still has to do: who would be in whose way.
pub(in crate::runs) struct Busy {
    pub tenant_id: String,
    pub tenant_slug: String,
    pub number: i64,
    pub status: Status,
    pub actor: String,
    pub created_at: i64,
}

/// Runs planned for later are in nobody's way before they begin, nor what a run that is held does not go on with.
pub(in crate::runs) async fn busy(conn: &mut Conn) -> Result<Vec<Busy>> {
    let sql = format!(
        "select tasks.tenant_id, tasks.tenant_slug, runs.number, runs.status, runs.actor, runs.created_at
           from tasks join runs on runs.id = tasks.run_id
          where runs.status in ('queued', 'running', 'paused') and {DUE}
            and (tasks.status = 'running' or tasks.status = 'queued' and (tasks.attempt > 0 or runs.held is null))"
    );
    let rows: Vec<(String, String, i64, String, String, i64)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(conn).await?;
    let settle = |(tenant_id, tenant_slug, number, status, actor, created_at)| {
        let status: String = status;
        Ok(Busy { tenant_id, tenant_slug, number, status: stored(status)?, actor, created_at })
    };
    rows.into_iter().map(settle).collect()
}

/// The number of the live run that provisions this tenant. From the runs on, of which few are live (SQLite heeds a cross join's order).
pub(in crate::runs) async fn provisioning_of(conn: &mut Conn, tenant_id: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select runs.number from runs cross join tasks where tasks.run_id = runs.id and tasks.tenant_id = $1
            and runs.kind = 'provision' and runs.status in ('queued', 'running', 'paused') order by runs.number desc limit 1",
    )
    .bind(tenant_id.to_owned())
    .fetch_optional(conn)
    .await?)
}

/// Tenants (ids) that a dead worker left behind: only their ledgers know what was done.
pub(in crate::runs) async fn unknown(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar("select distinct tenant_id from tasks where status = 'unknown'").fetch_all(conn).await?)
}

/// Tenants (ids) that a live run is rolling back.
pub(in crate::runs) async fn rolling_back(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select distinct tasks.tenant_id from tasks join runs on runs.id = tasks.run_id
          where runs.kind = 'rollback' and runs.status in ('queued', 'running', 'paused') and tasks.status in ('queued', 'running')",
    )
    .fetch_all(conn)
    .await?)
}

/// The versions that a migrate task of this tenant applied and that are still there (not newer than `version`), newest
/// first: of the run with number `run`, else of the newest that has any.
pub(in crate::runs) async fn batch(
    conn: &mut Conn,
    tenant_id: &str,
    run: Option<i64>,
    version: i64,
) -> Result<Option<Vec<i64>>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "select tasks.versions from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id = $1 and runs.kind = 'migrate' and tasks.versions <> '[]' and ($2 = 0 or tasks.run_number = $2)
          order by tasks.run_number desc limit 100",
    )
    .bind(tenant_id.to_owned())
    .bind(run.unwrap_or(0))
    .fetch_all(conn)
    .await?;
    for (versions,) in rows {
        let mut versions: Vec<i64> = parse(&versions)?;
        versions.retain(|v| *v <= version);
        versions.sort_unstable_by(|a, b| b.cmp(a));
        if !versions.is_empty() {
            return Ok(Some(versions));
        }
    }
    Ok(None)
}

/// Adds a migration to the task that left it half done: the newest that failed in it, rather than of meeting it.
pub(in crate::runs) async fn credit(conn: &mut Conn, tenant_id: &str, version: i64, label: &str) -> Result<()> {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select tasks.id, tasks.run_id, tasks.versions, tasks.error from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id = $1 and runs.kind = 'migrate' and tasks.error is not null order by tasks.run_number desc limit 100",
    )
    .bind(tenant_id.to_owned())
    .fetch_all(&mut *conn)
    .await?;
    let mut met = None;
    let mut begun = None;
    for (id, run_id, versions, error) in rows {
        let failure: Failure = parse(&error)?;
        if failure.migration.as_deref() != Some(label) {
            continue;
        }
        match failure.category {
            Category::Dirty => met = met.or(Some((id, run_id, versions))),
            _ => {
                begun = Some((id, run_id, versions));
                break;
            }
        }
    }
    let Some((id, run_id, versions)) = begun.or(met) else { return Ok(()) };
    let mut versions: Vec<i64> = parse(&versions)?;
    if versions.contains(&version) {
        return Ok(());
    }
    versions.push(version);
    sqlx::query("update tasks set versions = $2, applied = applied + 1 where id = $1")
        .bind(id)
        .bind(json(&versions)?)
        .execute(&mut *conn)
        .await?;
    super::forget_tally(conn, &run_id).await
}

/// The tenants whose last run failed there on a lock: `(slug, number of the run)`.
pub(in crate::runs) async fn failed_on_a_lock(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(
        "select tasks.tenant_slug, runs.number from tasks join runs on runs.id = tasks.run_id
           join tenants on tenants.id = tasks.tenant_id and tenants.last_run = runs.number
          where tasks.status = 'failed' and tasks.error like '%\"category\":\"lock\"%' order by 2, 1",
    )
    .fetch_all(conn)
    .await?)
}

/// What is to be tried again, and by whose word.
pub(in crate::runs) struct Again<'a> {
    pub cause: Option<&'a str>,
    /// Slugs or ids; none: whoever.
    pub tenants: &'a [String],
    /// Not one that was cancelled either.
    pub only_failed: bool,
    pub by: &'a str,
}

/// Puts failed or unknown tasks back into the queue, and of one tenant a cancelled one as well; answers their slugs.
pub(in crate::runs) async fn requeue(conn: &mut Conn, run_id: &str, again: &Again<'_>) -> Result<Vec<String>> {
    let places = (0..again.tenants.len()).map(|n| format!("${}", n + 6)).collect::<Vec<_>>().join(", ");
    let who = match again.tenants {
        [] => String::new(),
        _ => format!("and (tenant_slug in ({places}) or tenant_id in ({places}))"),
    };
    let cancelled_too = !again.tenants.is_empty() && !again.only_failed;
    let sql = format!(
        "update tasks set status = 'queued', reason = null, epoch = epoch + 1, finished_at = null, asked_by = $4
          where run_id = $1 and (status in ('failed', 'unknown') or status = 'cancelled' and $5 = 1) and coalesce(reason, '') <> $3
            and ($2 = '' or fingerprint = $2) {who}
          returning tenant_slug"
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(run_id.to_owned())
        .bind(again.cause.unwrap_or_default().to_owned())
        .bind(Reason::Reconcile.as_str().to_owned())
        .bind(again.by.to_owned())
        .bind(i64::from(cancelled_too));
    for tenant in again.tenants {
        query = query.bind(tenant.clone());
    }
    Ok(query.fetch_all(conn).await?)
}

/// Gives up on these of its tenants (slugs or ids), where they failed or have not begun; answers the slugs.
pub(in crate::runs) async fn skip(
    conn: &mut Conn,
    run_id: &str,
    tenants: &[String],
    reason: &str,
) -> Result<Vec<String>> {
    let places = (0..tenants.len()).map(|n| format!("${}", n + 4)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "update tasks set status = 'skipped', reason = $2, epoch = epoch + 1, finished_at = (select now_ms from clock)
          where run_id = $1 and (status in ('failed', 'queued') or status = 'unknown' and coalesce(reason, '') <> $3)
            and (tenant_slug in ({places}) or tenant_id in ({places}))
          returning tenant_slug"
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(run_id.to_owned())
        .bind(reason.to_owned())
        .bind(Reason::Reconcile.as_str().to_owned());
    for tenant in tenants {
        query = query.bind(tenant.clone());
    }
    Ok(query.fetch_all(conn).await?)
}

/// Those of a run's tasks whose tenants (slugs or ids) are named: slug, id, status.
pub(in crate::runs) async fn ids(
    conn: &mut Conn,
    run_id: &str,
    tenants: &[String],
) -> Result<Vec<(String, String, TaskStatus)>> {
    let places = (0..tenants.len()).map(|n| format!("${}", n + 2)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select tenant_slug, tenant_id, status from tasks where run_id = $1 and (tenant_slug in ({places}) or tenant_id in ({places}))"
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned());
    for tenant in tenants {
        query = query.bind(tenant.clone());
    }
    let rows: Vec<(String, String, String)> = query.fetch_all(conn).await?;
    rows.into_iter().map(|(slug, id, status)| Ok((slug, id, stored(status)?))).collect()
}

/// Skips the tenants of a run planned earlier that another live run has meanwhile; answers slug and the other's number.
pub(in crate::runs) async fn skip_busy(conn: &mut Conn, run_id: &str) -> Result<Vec<(String, i64)>> {
    let busy = busy(conn).await?;
    let mine: Vec<(String, String)> =
        sqlx::query_as("select id, tenant_id from tasks where run_id = $1 and status = 'queued'")
            .bind(run_id.to_owned())
            .fetch_all(&mut *conn)
            .await?;
    let own: i64 = sqlx::query_scalar("select number from runs where id = $1")
        .bind(run_id.to_owned())
        .fetch_one(&mut *conn)
        .await?;
    let elsewhere: BTreeMap<&str, &Busy> =
        busy.iter().filter(|b| b.number != own).map(|b| (b.tenant_id.as_str(), b)).collect();
    let mut skipped = Vec::new();
    for (task, tenant) in mine {
        let Some(other) = elsewhere.get(tenant.as_str()) else { continue };
        sqlx::query(
            "update tasks set status = 'skipped', reason = $2, finished_at = (select now_ms from clock) where id = $1",
        )
        .bind(task)
        .bind(format!("run {} was at it", other.number))
        .execute(&mut *conn)
        .await?;
        skipped.push((other.tenant_slug.clone(), other.number));
    }
    Ok(skipped)
}
