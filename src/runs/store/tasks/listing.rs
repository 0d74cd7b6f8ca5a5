//! Tasks and attempts, as they are shown.

use std::collections::HashSet;

use sqlx::{AssertSqlSafe, FromRow};

use crate::central::{Conn, stored};
use crate::error::{Error, Result};
use crate::runs::store::parse;
use crate::runs::{Attempt, Failure, Reason, Task, TaskFilter, TaskPage, TaskStatus};

#[derive(FromRow)]
struct TaskRow {
    id: String,
    tenant_id: String,
    tenant_slug: String,
    tenant_name: String,
    server: String,
    status: String,
    reason: Option<String>,
    from_version: Option<i64>,
    to_version: Option<i64>,
    applied: i64,
    attempt: i64,
    ms: Option<i64>,
    error: Option<String>,
    position: i64,
    number: i64,
}

impl TaskRow {
    fn into_task(self) -> Result<Task> {
        Ok(Task {
            status: stored(&self.status)?,
            failure: self.error.as_deref().map(parse).transpose()?,
            id: self.id,
            tenant_id: self.tenant_id,
            tenant: self.tenant_slug,
            tenant_name: self.tenant_name,
            server: self.server,
            reason: self.reason.map(Reason::from),
            from_version: self.from_version,
            to_version: self.to_version,
            applied: self.applied,
            attempt: self.attempt,
            ms: self.ms,
        })
    }
}

/// What needs a person comes first.
fn rank(status: TaskStatus) -> i64 {
    match status {
        TaskStatus::Failed => 0,
        TaskStatus::Unknown => 1,
        TaskStatus::Running => 2,
        TaskStatus::Queued => 3,
        TaskStatus::Succeeded | TaskStatus::Skipped | TaskStatus::Cancelled => 4,
    }
}

fn select(rest: &str) -> String {
    format!(
        "select tasks.id, tasks.tenant_id, tasks.tenant_slug, tenants.name as tenant_name, servers.name as server, tasks.status, tasks.reason,
                tasks.from_version, tasks.to_version, tasks.applied, tasks.attempt, tasks.ms, tasks.error, tasks.position, runs.number
           from tasks join runs on runs.id = tasks.run_id join tenants on tenants.id = tasks.tenant_id join servers on servers.id = tasks.server_id
          {rest}"
    )
}

/// A page of tasks by rank and position.
pub(in crate::runs) async fn page(conn: &mut Conn, run_id: &str, filter: &TaskFilter) -> Result<TaskPage> {
    let mut clauses = vec!["tasks.run_id = $1".to_owned()];
    let mut texts = vec![run_id.to_owned()];
    let mut narrow = |clause: &str, text: String| {
        texts.push(text);
        clauses.push(clause.replace('?', &format!("${}", texts.len())));
    };
    if let Some(status) = filter.status {
        narrow("tasks.status = ?", status.as_str().to_owned());
    }
    match &filter.reason {
        // As they are counted: one that drifted, or had nothing to be compared with, is in its place as well.
        Some(Reason::Migrated) => narrow(
            "tasks.status = 'succeeded' and coalesce(tasks.reason, '') not in (?, 'uncompared') and (coalesce(tasks.reason, '') <> 'drifted' or tasks.versions <> '[]')",
            Reason::Current.into(),
        ),
        Some(Reason::Current) => {
            narrow(
                "(tasks.reason in (?, 'uncompared') or tasks.reason = 'drifted' and tasks.versions = '[]')",
                Reason::Current.into(),
            );
        }
        Some(reason) => narrow("tasks.reason = ?", reason.as_str().to_owned()),
        None => {}
    }
    if let Some(cause) = &filter.cause {
        narrow("tasks.fingerprint = ?", cause.clone());
    }
    if let Some(text) = &filter.text {
        narrow("tasks.tenant_slug like ?", format!("%{}%", text.to_lowercase().replace(['%', '_'], "")));
    }
    let clause = clauses.join(" and ");
    let mut query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("select count(*) from tasks where {clause}")));
    for text in &texts {
        query = query.bind(text.clone());
    }
    let total = query.fetch_one(&mut *conn).await?;

    let (after, position) = match &filter.after {
        Some(cursor) => cursor
            .split_once('.')
            .and_then(|(rank, position)| Some((rank.parse::<i64>().ok()?, position.parse::<i64>().ok()?)))
            .filter(|(after, _)| TaskStatus::ALL.into_iter().any(|status| rank(status) >= *after))
            .ok_or_else(|| {
                Error::invalid("after", "this page cursor is not one of ours").hint("start from the first page")
            })?,
        None => (-1, -1),
    };
    let before = match filter.after {
        Some(_) => before(conn, &clause, &texts, (after, position)).await?,
        None => 0,
    };
    let limit = filter.limit.clamp(1, 1000) as usize;
    let (at, most) = (texts.len() + 1, texts.len() + 2);
    // Each status by itself, in the order of an index: however many tasks there are, no more are looked at than are shown.
    let wanted = TaskStatus::ALL.into_iter().filter(|status| rank(*status) >= after);
    let parts = wanted.map(|status| {
        let from = if rank(status) == after { format!("tasks.position > ${at}") } else { format!("${at} = ${at}") };
        format!(
            "select * from (select id, {} as rank, position from tasks where {clause} and status = '{status}' and {from}
              order by position limit ${most}) {status}_tasks",
            rank(status)
        )
    });
    let picked = parts.collect::<Vec<_>>().join(" union all ");
    let sql =
        select(&format!("where tasks.id in (select id from ({picked} order by rank, position limit ${most}) picked)"));
    let mut query = sqlx::query_as::<_, TaskRow>(AssertSqlSafe(sql));
    for text in &texts {
        query = query.bind(text.clone());
    }
    let rows = query.bind(position).bind(limit as i64 + 1).fetch_all(conn).await?;
    let mut rows = rows.into_iter().map(|row| Ok((rank(stored(&row.status)?), row))).collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|(rank, row)| (*rank, row.position));
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(rank, last)| format!("{rank}.{}", last.position));
    let tasks = rows.into_iter().map(|(_, row)| row.into_task()).collect::<Result<_>>()?;
    Ok(TaskPage { tasks, total, before, next })
}

/// How many that match stand up to this rank and position.
async fn before(conn: &mut Conn, clause: &str, texts: &[String], (rank, position): (i64, i64)) -> Result<i64> {
    let at = texts.len() + 1;
    let there = TaskStatus::ALL.into_iter().filter(|status| self::rank(*status) <= rank).map(|status| {
        let until = if self::rank(status) == rank { format!(" and position <= ${at}") } else { String::new() };
        format!("status = '{status}'{until}")
    });
    let there = there.collect::<Vec<_>>().join(" or ");
    if there.is_empty() {
        return Ok(0);
    }
    let sql = format!("select count(*) from tasks where {clause} and ({there})");
    let mut query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql));
    for text in texts {
        query = query.bind(text.clone());
    }
    Ok(query.bind(position).fetch_one(conn).await?)
}

/// The newest tasks of one tenant, each with the number of its run.
pub(in crate::runs) async fn of_tenant(conn: &mut Conn, tenant_id: &str, limit: u32) -> Result<Vec<(i64, Task)>> {
    let sql = select("where tasks.tenant_id = $1 order by tasks.run_number desc limit $2");
    let rows: Vec<TaskRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant_id.to_owned()).bind(i64::from(limit)).fetch_all(conn).await?;
    rows.into_iter().map(|row| Ok((row.number, row.into_task()?))).collect()
}

/// Tenants of one question. SQLite finds the place of a parameter by walking over those before it, so that many more cost more.
const ROWS: usize = 25;

/// How the last ten finished tasks of each tenant ended, oldest first: `(tenant id, status)`.
pub(in crate::runs) async fn last_ten(conn: &mut Conn, tenant_ids: &[String]) -> Result<Vec<(String, TaskStatus)>> {
    let mut found = Vec::new();
    for chunk in tenant_ids.chunks(ROWS) {
        // Each by itself, from its newest on: what all of them ever had may be millions.
        let newest = (1..=chunk.len()).map(|n| {
            format!(
                "select * from (select tenant_id, status, run_number from tasks
                  where tenant_id = ${n} and status not in ('queued', 'running') and run_number is not null order by run_number desc limit 10) t{n}"
            )
        });
        let newest = newest.collect::<Vec<_>>().join(" union all ");
        let sql = format!("select tenant_id, status from ({newest}) recent order by tenant_id, run_number");
        let mut query = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(id.clone());
        }
        for (id, status) in query.fetch_all(&mut *conn).await? {
            found.push((id, stored(status)?));
        }
    }
    Ok(found)
}

/// Failed and unknown tasks with their error, in order: `(slug, failure)`.
pub(in crate::runs) async fn failures(conn: &mut Conn, run_id: &str) -> Result<Vec<(String, i64, Failure)>> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "select tenant_slug, attempt, error from tasks
          where run_id = $1 and status in ('failed', 'unknown') and error is not null order by position",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(slug, attempt, error)| Ok((slug, attempt, parse(&error)?))).collect()
}

/// Of one tenant with what was done in each, and with the one that goes on.
pub(in crate::runs) async fn attempts(
    conn: &mut Conn,
    run_id: &str,
    tenant: Option<&str>,
    cause: Option<&str>,
    only_failed: bool,
) -> Result<Vec<Attempt>> {
    #[derive(FromRow)]
    struct Row {
        tenant_slug: String,
        attempt: i64,
        status: String,
        started_at: Option<i64>,
        ms: Option<i64>,
        applied: i64,
        error: Option<String>,
        actor: Option<String>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select tasks.tenant_slug, attempts.attempt, attempts.status, attempts.started_at, attempts.ms, attempts.applied,
                attempts.error, attempts.actor
           from attempts join tasks on tasks.id = attempts.task_id
          where tasks.run_id = $1 and ($2 = '' or tasks.tenant_slug = $2 or tasks.tenant_id = $2)
            and ($3 = '' or tasks.fingerprint = $3) and ($4 = 0 or attempts.error is not null)
          order by tasks.position, attempts.attempt limit 2000",
    )
    .bind(run_id.to_owned())
    .bind(tenant.unwrap_or_default().to_owned())
    .bind(cause.unwrap_or_default().to_owned())
    .bind(i64::from(only_failed))
    .fetch_all(&mut *conn)
    .await?;
    let tries = rows
        .into_iter()
        .map(|row| {
            Ok(Attempt {
                failure: row.error.as_deref().map(parse).transpose()?,
                tenant: row.tenant_slug,
                attempt: row.attempt,
                status: stored(row.status)?,
                started_at: row.started_at,
                ms: row.ms,
                applied: row.applied,
                actor: row.actor,
                steps: Vec::new(),
            })
        })
        .collect::<Result<Vec<_>>>();
    let mut tries = tries?;
    if let Some(tenant) = tenant {
        super::steps::tell(conn, run_id, tenant, &mut tries).await?;
    }
    Ok(tries)
}

/// The tenants of these whose newest success is one with another schema than most.
pub(in crate::runs) async fn seen_drifted(conn: &mut Conn, tenant_ids: &[String]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for chunk in tenant_ids.chunks(ROWS) {
        let newest = (1..=chunk.len()).map(|n| {
            format!(
                "select * from (select tenant_id, reason from tasks
                  where tenant_id = ${n} and status = 'succeeded' and run_number is not null order by run_number desc limit 1) t{n}"
            )
        });
        let newest = newest.collect::<Vec<_>>().join(" union all ");
        let sql = format!("select tenant_id from ({newest}) newest where reason = 'drifted'");
        let mut query = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(id.clone());
        }
        found.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(found)
}

/// Of the tenants that wait in a run: those that are not where it would bring them.
pub(in crate::runs) async fn left(conn: &mut Conn, number: i64) -> Result<i64> {
    let sql = "select count(*) from tasks k join runs r on r.id = k.run_id join tenants t on t.id = k.tenant_id
                where r.number = $1 and k.status = 'queued' and t.status = 'active'
                  and (r.kind = 'migrate' and (t.version is null or t.version < r.to_version)
                       or r.kind <> 'migrate' and coalesce(t.last_run, 0) <= r.number)";
    Ok(sqlx::query_scalar(sql).bind(number).fetch_one(conn).await?)
}
