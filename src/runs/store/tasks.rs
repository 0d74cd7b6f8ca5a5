//! The SQL of tasks and attempts.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow};

use super::{DUE, ROWS, json, parse, variant, word};
use crate::central::Conn;
use crate::engine::Failure;
use crate::error::{Error, Result};
use crate::runs::{Attempt, CURRENT, MIGRATED, RECONCILE, Task, TaskCounts, TaskFilter, TaskStatus};
use crate::tenants::Tenant;

/// How the tasks of a run stand, and how many migrations they have applied or reverted.
pub(in crate::runs) async fn counts(conn: &mut Conn, run_id: &str) -> Result<(TaskCounts, i64)> {
    let mut all = TaskCounts::default();
    let mut applied = 0;
    for row in counted(conn, run_id, "cast(0 as bigint)").await? {
        row.add_to(&mut all)?;
        applied += row.applied;
    }
    Ok((all, applied))
}

/// The same, wave by wave.
pub(in crate::runs) async fn counts_by_wave(conn: &mut Conn, run_id: &str) -> Result<BTreeMap<i64, TaskCounts>> {
    let mut waves: BTreeMap<i64, TaskCounts> = BTreeMap::new();
    for row in counted(conn, run_id, "wave").await? {
        row.add_to(waves.entry(row.part).or_default())?;
    }
    Ok(waves)
}

/// Tasks that are alike.
#[derive(FromRow)]
struct Counted {
    part: i64,
    status: String,
    why: Option<String>,
    n: i64,
    applied: i64,
    drifted: i64,
}

impl Counted {
    fn add_to(&self, counts: &mut TaskCounts) -> Result<()> {
        counts.total += self.n;
        counts.drifted += self.drifted;
        let slot = match (variant(&self.status)?, self.why.as_deref()) {
            (TaskStatus::Succeeded | TaskStatus::Skipped, Some(CURRENT)) => &mut counts.current,
            (TaskStatus::Succeeded, _) => &mut counts.migrated,
            (TaskStatus::Queued, _) => &mut counts.queued,
            (TaskStatus::Running, _) => &mut counts.running,
            (TaskStatus::Failed, _) => &mut counts.failed,
            (TaskStatus::Skipped, _) => &mut counts.skipped,
            (TaskStatus::Cancelled, _) => &mut counts.cancelled,
            (TaskStatus::Unknown, _) => &mut counts.unknown,
        };
        *slot += self.n;
        Ok(())
    }
}

async fn counted(conn: &mut Conn, run_id: &str, part: &str) -> Result<Vec<Counted>> {
    // A drifted one is counted where it would be without that; the reasons of a skip are a person's own words.
    let sql = format!(
        "select {part} as part, status,
                case when reason = 'drifted' and versions = '[]' then 'current' when reason = 'current' then reason end as why,
                count(*) as n, cast(sum(applied) as bigint) as applied, count(case when reason = 'drifted' then 1 end) as drifted
           from tasks where run_id = $1 group by 1, 2, 3"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned()).fetch_all(conn).await?)
}

/// One task of a new run.
pub(in crate::runs) struct NewTask<'a> {
    pub tenant: &'a Tenant,
    /// Why it is not connected to: known to be current, or in quarantine.
    pub skip: Option<&'static str>,
    /// From 1.
    pub wave: i64,
    /// The versions a rollback is to undo, newest first.
    pub plan: Option<Vec<i64>>,
}

/// Positions are the order given.
pub(in crate::runs) async fn insert(
    conn: &mut Conn,
    run_id: &str,
    tasks: &[NewTask<'_>],
    to: Option<i64>,
) -> Result<()> {
    const COLUMNS: usize = 10;
    let mut position = 0i64;
    for chunk in tasks.chunks(ROWS) {
        let rows = (0..chunk.len())
            .map(|row| (3..3 + COLUMNS).map(|c| format!("${}", row * COLUMNS + c)).collect::<Vec<_>>().join(", "))
            .map(|places| format!("({places}, $1, $2, 0, 0, 0, '[]')"))
            .collect::<Vec<_>>()
            .join(", ");
        let sql = format!(
            "insert into tasks (id, tenant_id, tenant_slug, server_id, position, status, reason, from_version, plan, wave,
                                run_id, to_version, applied, attempt, epoch, versions) values {rows}"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(to);
        for task in chunk {
            query = query
                .bind(crate::id::new())
                .bind(task.tenant.id.clone())
                .bind(task.tenant.slug.clone())
                .bind(task.tenant.server_id.clone())
                .bind(position)
                .bind(word(&if task.skip.is_some() { TaskStatus::Skipped } else { TaskStatus::Queued })?)
                .bind(task.skip.map(str::to_owned))
                .bind(task.tenant.version)
                .bind(task.plan.as_ref().map(json).transpose()?)
                .bind(task.wave);
            position += 1;
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// A task that a live run still has to do: who would be in whose way.
#[derive(FromRow)]
pub(in crate::runs) struct Busy {
    pub tenant_id: String,
    pub tenant_slug: String,
    pub number: i64,
    pub status: String,
    pub actor: String,
    pub created_at: i64,
}

/// Runs planned for later are in nobody's way before they begin.
pub(in crate::runs) async fn busy(conn: &mut Conn) -> Result<Vec<Busy>> {
    let sql = format!(
        "select tasks.tenant_id, tasks.tenant_slug, runs.number, runs.status, runs.actor, runs.created_at
           from tasks join runs on runs.id = tasks.run_id
          where runs.status in ('queued', 'running', 'paused') and {DUE} and tasks.status in ('queued', 'running')"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).fetch_all(conn).await?)
}

/// The number of the live run that provisions this tenant.
pub(in crate::runs) async fn provisioning_of(conn: &mut Conn, tenant_id: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select runs.number from tasks join runs on runs.id = tasks.run_id where tasks.tenant_id = $1
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
    rank: i64,
    number: i64,
}

impl TaskRow {
    fn settle(self) -> Result<Task> {
        Ok(Task {
            status: variant(&self.status)?,
            failure: self.error.as_deref().map(parse).transpose()?,
            id: self.id,
            tenant_id: self.tenant_id,
            tenant: self.tenant_slug,
            tenant_name: self.tenant_name,
            server: self.server,
            reason: self.reason,
            from_version: self.from_version,
            to_version: self.to_version,
            applied: self.applied,
            attempt: self.attempt,
            ms: self.ms,
        })
    }
}

/// What needs a person comes first.
const RANK: &str = "cast(case tasks.status when 'failed' then 0 when 'unknown' then 1 when 'running' then 2 when 'queued' then 3 else 4 end as bigint)";

fn select(rest: &str) -> String {
    format!(
        "select tasks.id, tasks.tenant_id, tasks.tenant_slug, tenants.name as tenant_name, servers.name as server, tasks.status, tasks.reason,
                tasks.from_version, tasks.to_version, tasks.applied, tasks.attempt, tasks.ms, tasks.error, tasks.position, {RANK} as rank, runs.number
           from tasks join runs on runs.id = tasks.run_id join tenants on tenants.id = tasks.tenant_id join servers on servers.id = tasks.server_id
          {rest}"
    )
}

/// A page of tasks by rank and position, the total that match, and the cursor of the next page.
pub(in crate::runs) async fn page(
    conn: &mut Conn,
    run_id: &str,
    filter: &TaskFilter,
) -> Result<(Vec<Task>, i64, Option<String>)> {
    let mut clauses = vec!["tasks.run_id = $1".to_owned()];
    let mut texts = vec![run_id.to_owned()];
    let mut narrow = |clause: &str, text: String| {
        texts.push(text);
        clauses.push(clause.replace('?', &format!("${}", texts.len())));
    };
    if let Some(status) = filter.status {
        narrow("tasks.status = ?", word(&status)?);
    }
    match filter.reason.as_deref() {
        // As they are counted: one that drifted is in its place as well.
        Some(MIGRATED) => narrow(
            "tasks.status = 'succeeded' and coalesce(tasks.reason, '') <> ? and (coalesce(tasks.reason, '') <> 'drifted' or tasks.versions <> '[]')",
            CURRENT.into(),
        ),
        Some(CURRENT) => {
            narrow("(tasks.reason = ? or tasks.reason = 'drifted' and tasks.versions = '[]')", CURRENT.into());
        }
        Some(reason) => narrow("tasks.reason = ?", reason.to_owned()),
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

    let (rank, position) = match &filter.after {
        Some(cursor) => cursor
            .split_once('.')
            .and_then(|(rank, position)| Some((rank.parse::<i64>().ok()?, position.parse::<i64>().ok()?)))
            .ok_or_else(|| {
                Error::invalid("after", "this page cursor is not one of ours").hint("start from the first page")
            })?,
        None => (-1, -1),
    };
    let limit = filter.limit.clamp(1, 1000) as usize;
    let (a, b, c) = (texts.len() + 1, texts.len() + 2, texts.len() + 3);
    let sql = select(&format!(
        "where {clause} and ({RANK} > ${a} or ({RANK} = ${a} and tasks.position > ${b})) order by rank, tasks.position limit ${c}"
    ));
    let mut query = sqlx::query_as::<_, TaskRow>(AssertSqlSafe(sql));
    for text in &texts {
        query = query.bind(text.clone());
    }
    let mut rows = query.bind(rank).bind(position).bind(limit as i64 + 1).fetch_all(conn).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", last.rank, last.position));
    Ok((rows.into_iter().map(TaskRow::settle).collect::<Result<_>>()?, total, next))
}

/// The newest tasks of one tenant, each with the number of its run.
pub(in crate::runs) async fn of_tenant(conn: &mut Conn, tenant_id: &str, limit: u32) -> Result<Vec<(i64, Task)>> {
    let sql = select("where tasks.tenant_id = $1 order by runs.number desc limit $2");
    let rows: Vec<TaskRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(tenant_id.to_owned()).bind(i64::from(limit)).fetch_all(conn).await?;
    rows.into_iter().map(|row| Ok((row.number, row.settle()?))).collect()
}

/// How the last ten finished tasks of each tenant ended, oldest first: `(tenant id, status)`.
pub(in crate::runs) async fn last_ten(conn: &mut Conn, tenant_ids: &[String]) -> Result<Vec<(String, TaskStatus)>> {
    if tenant_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = (1..=tenant_ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select tenant_id, status from (
            select tasks.tenant_id, tasks.status,
                   row_number() over (partition by tasks.tenant_id order by runs.number desc) as age
              from tasks join runs on runs.id = tasks.run_id
             where tasks.tenant_id in ({places}) and tasks.status not in ('queued', 'running')) recent
          where age <= 10 order by tenant_id, age desc"
    );
    let mut query = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(sql));
    for id in tenant_ids {
        query = query.bind(id.clone());
    }
    query.fetch_all(conn).await?.into_iter().map(|(id, status)| Ok((id, variant(&status)?))).collect()
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

pub(in crate::runs) async fn attempts(
    conn: &mut Conn,
    run_id: &str,
    tenant: Option<&str>,
    cause: Option<&str>,
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
            and ($3 = '' or tasks.fingerprint = $3)
          order by tasks.position, attempts.attempt limit 2000",
    )
    .bind(run_id.to_owned())
    .bind(tenant.unwrap_or_default().to_owned())
    .bind(cause.unwrap_or_default().to_owned())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Attempt {
                failure: row.error.as_deref().map(parse).transpose()?,
                tenant: row.tenant_slug,
                attempt: row.attempt,
                status: row.status,
                started_at: row.started_at,
                ms: row.ms,
                applied: row.applied,
                actor: row.actor,
            })
        })
        .collect()
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
          where tasks.tenant_id = $1 and runs.kind = 'migrate' and tasks.versions <> '[]' and ($2 = 0 or runs.number = $2)
          order by runs.number desc limit 100",
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

/// A task in a worker's hands.
#[derive(FromRow, Debug, Clone)]
pub(in crate::runs) struct Claim {
    pub id: String,
    pub tenant_id: String,
    pub tenant_slug: String,
    pub reason: Option<String>,
    pub plan: Option<String>,
    pub versions: String,
    pub from_version: Option<i64>,
    pub attempt: i64,
    pub epoch: i64,
}

impl Claim {
    /// Left behind by a dead worker: to be looked at, not worked on.
    pub fn is_reconciliation(&self) -> bool {
        self.reason.as_deref() == Some(RECONCILE)
    }
}

/// What may be taken from the run `$1`: what a dead worker left to be looked at, then what is queued in the open wave or
/// before. Each by itself, so that an index gives them in order however many there are.
const CLAIMABLE: [&str; 2] = [
    "status = 'unknown' and reason = 'reconcile'",
    "status = 'queued' and wave <= (select wave from runs where id = $1)",
];

/// Takes up to `limit` tasks for a worker: those left behind first, then the queued ones in order, none on a server that is
/// full. The epoch moves on, so that whoever held the task before cannot write it any more.
pub(in crate::runs) async fn claim(
    conn: &mut Conn,
    engine: crate::central::CentralEngine,
    run_id: &str,
    worker_id: &str,
    full_servers: &[String],
    limit: i64,
) -> Result<Vec<Claim>> {
    let skip_locked = match engine {
        crate::central::CentralEngine::Postgres => "for update skip locked",
        crate::central::CentralEngine::Sqlite => "",
    };
    let places = (0..full_servers.len()).map(|n| format!("${}", n + 4)).collect::<Vec<_>>().join(", ");
    let full = if places.is_empty() { String::new() } else { format!("and server_id not in ({places})") };
    let mut claims = Vec::new();
    for claimable in CLAIMABLE {
        let sql = format!(
            "update tasks set status = 'running', worker_id = $2, epoch = epoch + 1, started_at = (select now_ms from clock), finished_at = null,
                    attempt = attempt + case when status = 'queued' then 1 else 0 end
              where id in (select id from tasks where run_id = $1 and {claimable} {full} order by position limit $3 {skip_locked})
              returning id, tenant_id, tenant_slug, reason, plan, versions, from_version, attempt, epoch"
        );
        let left = limit - claims.len() as i64;
        let mut query =
            sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(worker_id.to_owned()).bind(left);
        for server in full_servers {
            query = query.bind(server.clone());
        }
        claims.extend(query.fetch_all(&mut *conn).await?);
        if claims.len() as i64 >= limit {
            break;
        }
    }
    Ok(claims)
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

/// Whether some task waits for a worker.
pub(in crate::runs) async fn anything_to_claim(conn: &mut Conn, run_id: &str) -> Result<bool> {
    for claimable in CLAIMABLE {
        let sql = format!("select position from tasks where run_id = $1 and {claimable} limit 1");
        let found: Option<i64> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(run_id.to_owned()).fetch_optional(&mut *conn).await?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Until this transaction ends nobody else counts what runs on the servers in order to claim. SQLite has one writer anyway.
pub(in crate::runs) async fn claim_in_turn(conn: &mut Conn) -> Result<()> {
    if conn.backend_name() == "PostgreSQL" {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('neo claims', 0))").execute(conn).await?;
    }
    Ok(())
}

/// The running tasks that a worker holds: `(id, epoch)`.
pub(in crate::runs) async fn in_hands(conn: &mut Conn, run_id: &str, worker_id: &str) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select id, epoch from tasks where run_id = $1 and worker_id = $2 and status = 'running'")
        .bind(run_id.to_owned())
        .bind(worker_id.to_owned())
        .fetch_all(conn)
        .await?)
}

/// How many tasks run now, by server: `(in this run, server, count)` over all runs and workers.
pub(in crate::runs) async fn running_by_server(conn: &mut Conn, run_id: &str) -> Result<Vec<(bool, String, i64)>> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "select server_id, count(*), cast(sum(case when run_id = $1 then 1 else 0 end) as bigint) from tasks
          where status = 'running' group by server_id",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().flat_map(|(server, all, own)| [(false, server.clone(), all), (true, server, own)]).collect())
}

/// How a try ended.
pub(in crate::runs) struct Ending {
    pub status: TaskStatus,
    pub reason: Option<String>,
    /// Every version this task has applied or reverted, earlier attempts included.
    pub versions: Vec<i64>,
    pub from_version: Option<i64>,
    pub to_version: Option<i64>,
    /// What this try did.
    pub applied: i64,
    pub ms: i64,
    pub failure: Option<Failure>,
}

/// Writes a task's end and the attempt's row; false when the task was taken away meanwhile (its epoch moved on).
pub(in crate::runs) async fn finish(conn: &mut Conn, claim: &Claim, ending: &Ending) -> Result<bool> {
    let error = ending.failure.as_ref().map(json).transpose()?;
    let done = sqlx::query(
        "update tasks set status = $3, reason = $4, versions = $5, from_version = coalesce($6, from_version), to_version = coalesce($7, to_version),
                applied = applied + $8, ms = $9, error = $10, fingerprint = $11, worker_id = null, finished_at = (select now_ms from clock)
          where id = $1 and epoch = $2 and status = 'running'",
    )
    .bind(claim.id.clone())
    .bind(claim.epoch)
    .bind(word(&ending.status)?)
    .bind(ending.reason.clone())
    .bind(json(&ending.versions)?)
    .bind(ending.from_version)
    .bind(ending.to_version)
    .bind(ending.applied)
    .bind(ending.ms)
    .bind(error.clone())
    .bind(ending.failure.as_ref().map(|f| f.fingerprint.clone()))
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "insert into attempts (task_id, attempt, status, started_at, finished_at, ms, applied, error)
         select id, attempt, status, started_at, finished_at, ms, $2, error from tasks where id = $1
         on conflict (task_id, attempt) do update set status = excluded.status, finished_at = excluded.finished_at,
                ms = excluded.ms, applied = attempts.applied + excluded.applied, error = excluded.error",
    )
    .bind(claim.id.clone())
    .bind(ending.applied)
    .execute(conn)
    .await?;
    Ok(true)
}

/// Holds the reasons of a run's successes against what is known of their tenants by now.
pub(in crate::runs) async fn mark_drifted(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query(
        "update tasks set reason = 'drifted' where run_id = $1 and status = 'succeeded' and coalesce(reason, '') <> 'drifted'
            and tenant_id in (select id from tenants where state = 'drifted')",
    )
    .bind(run_id.to_owned())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "update tasks set reason = case when versions = '[]' then 'current' else 'migrated' end
          where run_id = $1 and status = 'succeeded' and reason = 'drifted'
            and tenant_id not in (select id from tenants where state = 'drifted')",
    )
    .bind(run_id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// One task whose tenant turned out to be a stranger.
pub(in crate::runs) async fn set_drifted(conn: &mut Conn, task_id: &str) -> Result<()> {
    sqlx::query("update tasks set reason = 'drifted' where id = $1 and status = 'succeeded'")
        .bind(task_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts failed or unknown tasks back into the queue, and of one tenant a cancelled one as well; answers their slugs.
pub(in crate::runs) async fn requeue(
    conn: &mut Conn,
    run_id: &str,
    cause: Option<&str>,
    tenant: Option<&str>,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "update tasks set status = 'queued', reason = null, epoch = epoch + 1, finished_at = null
          where run_id = $1 and (status in ('failed', 'unknown') or status = 'cancelled' and $3 <> '') and coalesce(reason, '') <> $4
            and ($2 = '' or fingerprint = $2) and ($3 = '' or tenant_slug = $3 or tenant_id = $3)
          returning tenant_slug",
    )
    .bind(run_id.to_owned())
    .bind(cause.unwrap_or_default().to_owned())
    .bind(tenant.unwrap_or_default().to_owned())
    .bind(RECONCILE.to_owned())
    .fetch_all(conn)
    .await?)
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
        .bind(RECONCILE.to_owned());
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
) -> Result<Vec<(String, String, String)>> {
    let places = (0..tenants.len()).map(|n| format!("${}", n + 2)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select tenant_slug, tenant_id, status from tasks where run_id = $1 and (tenant_slug in ({places}) or tenant_id in ({places}))"
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned());
    for tenant in tenants {
        query = query.bind(tenant.clone());
    }
    Ok(query.fetch_all(conn).await?)
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

/// How many tasks a dead worker left that nobody has looked at yet.
pub(in crate::runs) async fn to_reconcile(conn: &mut Conn, run_id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from tasks where run_id = $1 and status = 'unknown' and reason = $2")
        .bind(run_id.to_owned())
        .bind(RECONCILE.to_owned())
        .fetch_one(conn)
        .await?)
}

/// The servers on which a run has something left to do.
pub(in crate::runs) async fn servers_to_do(conn: &mut Conn, run_id: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select distinct server_id from tasks where run_id = $1 and status in ('queued', 'running', 'unknown')",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?)
}
