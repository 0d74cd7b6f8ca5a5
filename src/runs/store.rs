//! The SQL of runs and their events; [`tasks`] holds that of tasks and attempts. Every function borrows its connection: the
//! caller decides the transaction.

pub(super) mod acknowledged;
mod asked;
mod events;
pub(super) mod history;
mod live;
pub(super) mod load;
pub(super) mod prune;
pub(super) mod rehearsals;
pub(super) mod tasks;
pub(super) mod waves;
pub(super) mod windows;

use std::fmt;

use neo_model::Approval;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, FromRow};

pub(super) use asked::{asked, held, set_approval, set_asked, set_held};
pub(super) use events::*;
pub(super) use live::{active, is_any_other};

use super::process::Process;
use super::{EventKind, Goal, Kind, Policy, Run, Status};
use crate::actor::{Actor, Asked, Confinement};
use crate::central::{Conn, stored};
use crate::error::{Error, Result};
use crate::tenants::Filter;
use crate::traces;

/// Reads a document that this program wrote itself.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Writes a document.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

#[derive(FromRow)]
struct RunRow {
    id: String,
    number: i64,
    kind: String,
    status: String,
    goal: String,
    selection: String,
    policy: String,
    to_version: Option<i64>,
    actor: String,
    door: String,
    approval: Option<String>,
    reason: Option<String>,
    halt_reason: Option<String>,
    wanted: Option<String>,
    held: Option<String>,
    wave: i64,
    gate: Option<i64>,
    not_before: Option<i64>,
    despite_windows: Option<String>,
    last_seq: i64,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    rested_at: Option<i64>,
    rested_ms: i64,
    tally: Option<String>,
    pruned_at: Option<i64>,
    now_ms: i64,
}

/// By their names: of `*` a PostgreSQL refuses what was prepared before another version of Neo, beside this one, has added a column.
const RUN: &str = "select runs.id, runs.number, runs.kind, runs.status, runs.goal, runs.selection, runs.policy, runs.to_version, runs.actor, \
                   runs.door, runs.approval, runs.reason, runs.halt_reason, runs.wanted, runs.held, runs.wave, runs.gate, runs.not_before, runs.despite_windows, \
                   runs.last_seq, runs.created_at, runs.started_at, runs.finished_at, runs.rested_at, runs.rested_ms, runs.tally, \
                   case when runs.pruned is not null then runs.pruned_at end as pruned_at, (select now_ms from clock) as now_ms from runs";

/// Not planned for later.
const DUE: &str = "(runs.not_before is null or runs.not_before <= (select now_ms from clock))";

async fn run_of(conn: &mut Conn, row: RunRow) -> Result<Run> {
    let (tenants, migrations_applied) = match row.tally.as_deref() {
        Some(tally) => parse(tally)?,
        None => tasks::counts(conn, &row.id).await?,
    };
    Ok(Run {
        kind: stored(&row.kind)?,
        status: stored(&row.status)?,
        wanted: row.wanted.map(stored).transpose()?,
        held: row.held.map(stored).transpose()?,
        door: stored(&row.door)?,
        goal: parse(&row.goal)?,
        selection: parse(&row.selection)?,
        policy: parse(&row.policy)?,
        ms: row.started_at.map(|at| row.rested_at.or(row.finished_at).unwrap_or(row.now_ms) - at - row.rested_ms),
        id: row.id,
        number: row.number,
        to_version: row.to_version,
        actor: row.actor,
        approval: row.approval.as_deref().map(parse).transpose()?,
        reason: row.reason,
        halt_reason: row.halt_reason,
        wave: row.wave,
        gate: row.gate,
        not_before: row.not_before,
        despite_windows: row.despite_windows,
        tenants,
        migrations_applied,
        last_seq: row.last_seq,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        pruned_at: row.pruned_at,
    })
}

pub(super) async fn by_number(conn: &mut Conn, number: i64) -> Result<Option<Run>> {
    let sql = format!("{RUN} where number = $1");
    match sqlx::query_as::<_, RunRow>(AssertSqlSafe(sql)).bind(number).fetch_optional(&mut *conn).await? {
        Some(row) => run_of(conn, row).await.map(Some),
        None => Ok(None),
    }
}

/// Newest first, below `before`: of those that there are for this actor.
pub(super) async fn page(
    conn: &mut Conn,
    actor: &Actor,
    (kinds, statuses): (&[Kind], &[Status]),
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Run>> {
    let kinds = names(kinds);
    let standing = if statuses.is_empty() { String::new() } else { format!("and status in ({})", names(statuses)) };
    let (within, bound) = within(actor.confinement(), 3);
    let sql =
        format!("{RUN} where kind in ({kinds}) {standing} and number < $1 and {within} order by number desc limit $2");
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(before.unwrap_or(i64::MAX)).bind(i64::from(limit));
    for text in bound {
        query = query.bind(text);
    }
    let rows = query.fetch_all(&mut *conn).await?;
    runs_of(conn, rows).await
}

/// A run with a tenant that somebody is kept from does not exist for them: a condition over a row of `runs`, whose parameters are
/// numbered from `first` on, and what is bound to them.
pub(crate) fn within(confinement: Option<&Confinement>, first: usize) -> (String, Vec<String>) {
    let Some(confinement) = confinement else { return ("1 = 1".to_owned(), Vec::new()) };
    let (inside, bound) = confinement.sql("t", first);
    let outside = "select 1 from tasks k join tenants t on t.id = k.tenant_id where k.run_id = runs.id";
    // Of one whose tasks are gone nobody knows any more whom it was on.
    (format!("runs.pruned is null and not exists ({outside} and not {inside})"), bound)
}

/// Whether there is such a run for this actor.
pub(super) async fn is_within(conn: &mut Conn, actor: &Actor, run_id: &str) -> Result<bool> {
    if actor.confinement().is_none() {
        return Ok(true);
    }
    let (within, bound) = within(actor.confinement(), 2);
    let sql = format!("select count(*) from runs where id = $1 and {within}");
    let mut query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(run_id.to_owned());
    for text in bound {
        query = query.bind(text);
    }
    Ok(query.fetch_one(conn).await? == 1)
}

async fn runs_of(conn: &mut Conn, rows: Vec<RunRow>) -> Result<Vec<Run>> {
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        runs.push(run_of(conn, row).await?);
    }
    Ok(runs)
}

/// Our own names as a list for `in (…)`.
pub(super) fn names<T: fmt::Display>(values: &[T]) -> String {
    values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(", ")
}

/// What is written when a run starts.
pub(super) struct NewRun<'a> {
    pub id: &'a str,
    pub number: i64,
    pub kind: Kind,
    pub goal: &'a Goal,
    pub selection: &'a Filter,
    pub policy: &'a Policy,
    pub to_version: Option<i64>,
    pub asked: &'a Actor,
    pub reason: Option<&'a str>,
    pub total: i64,
    pub not_before: Option<i64>,
    /// Who let it begin, where it wants somebody's yes.
    pub approval: Option<Approval>,
    /// The process that is going to work it, unless that is left to others.
    pub starter: Option<Process>,
}

/// What a run was begun under, for traces.
pub(super) async fn trace(conn: &mut Conn, run_id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select trace from runs where id = $1").bind(run_id.to_owned()).fetch_one(conn).await?)
}

pub(super) async fn insert(conn: &mut Conn, run: &NewRun<'_>) -> Result<()> {
    sqlx::query(
        "insert into runs (id, number, kind, status, goal, selection, policy, to_version, actor, door, reason, total, last_seq, created_at,
                           starter_host, starter_pid, starter_started, not_before, asked, approval, trace, despite_windows)
         values ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10, $11, 0, (select now_ms from clock), $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(run.id.to_owned())
    .bind(run.number)
    .bind(run.kind.as_str())
    .bind(json(run.goal)?)
    .bind(json(run.selection)?)
    .bind(json(run.policy)?)
    .bind(run.to_version)
    .bind(run.asked.name.clone())
    .bind(run.asked.door.as_str())
    .bind(run.reason.map(str::to_owned))
    .bind(run.total)
    .bind(run.starter.as_ref().map(|p| p.host.clone()))
    .bind(run.starter.as_ref().map(|p| p.pid))
    .bind(run.starter.as_ref().map(|p| p.pid_started))
    .bind(run.not_before)
    .bind(json(&Asked::from(run.asked))?)
    .bind(run.approval.as_ref().map(json).transpose()?)
    .bind(traces::here())
    .bind(run.policy.despite_windows.clone())
    .execute(conn)
    .await?;
    Ok(())
}

/// One file of a run's manifest, as it was when the run was planned.
#[derive(FromRow, Debug, Clone, PartialEq, Eq)]
pub(super) struct ManifestFile {
    pub version: i64,
    pub engine: String,
    pub name: String,
    pub checksum: String,
    /// Of what takes it back, where that is what the run does.
    pub down_checksum: Option<String>,
}

pub(super) async fn insert_manifest(conn: &mut Conn, run_id: &str, files: &[ManifestFile]) -> Result<()> {
    for file in files {
        sqlx::query("insert into run_migrations (run_id, version, engine, name, checksum, down_checksum) values ($1, $2, $3, $4, $5, $6)")
            .bind(run_id.to_owned())
            .bind(file.version)
            .bind(file.engine.clone())
            .bind(file.name.clone())
            .bind(file.checksum.clone())
            .bind(file.down_checksum.clone())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn manifest(conn: &mut Conn, run_id: &str) -> Result<Vec<ManifestFile>> {
    Ok(sqlx::query_as(
        "select version, engine, name, checksum, down_checksum from run_migrations where run_id = $1 order by version, engine",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?)
}

/// The manifests of the newest runs, one by one.
pub(super) async fn manifests(conn: &mut Conn, runs: i64) -> Result<Vec<Vec<ManifestFile>>> {
    #[derive(FromRow)]
    struct Row {
        run_id: String,
        #[sqlx(flatten)]
        file: ManifestFile,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select run_id, version, engine, name, checksum, down_checksum from run_migrations
          where run_id in (select id from runs order by number desc limit $1) order by run_id, version, engine",
    )
    .bind(runs)
    .fetch_all(conn)
    .await?;
    let by_run = rows.chunk_by(|one, next| one.run_id == next.run_id);
    Ok(by_run.map(|rows| rows.iter().map(|row| row.file.clone()).collect()).collect())
}

/// Moves a run that is in one of `from` to `to`; false when it was not.
pub(super) async fn set_status(conn: &mut Conn, run_id: &str, from: &[Status], to: Status) -> Result<bool> {
    let finished = if to.is_over() { "(select now_ms from clock)" } else { "null" };
    // A run that rests takes no time, however long it is before somebody goes on with it.
    let rest = if to.is_over() || to == Status::Paused {
        "rested_at = coalesce(rested_at, finished_at, (select now_ms from clock))"
    } else {
        "rested_ms = rested_ms + coalesce((select now_ms from clock) - coalesce(rested_at, finished_at), 0), rested_at = null"
    };
    let sql = format!(
        "update runs set status = $2, wanted = null, held = null, interrupt = 0, tally = null, prune_due = 1, finished_at = {finished}, {rest}, started_at = coalesce(started_at, (select now_ms from clock))
          where id = $1 and status in ({})",
        names(from)
    );
    let done = sqlx::query(AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(to.as_str()).execute(&mut *conn).await?;
    if to == Status::Succeeded {
        acknowledged::end_all(conn, run_id).await?;
    }
    Ok(done.rows_affected() == 1)
}

/// Why it stopped, in other words than before, or no matter any more.
pub(super) async fn set_halt(conn: &mut Conn, run_id: &str, why: Option<String>) -> Result<()> {
    sqlx::query("update runs set halt_reason = $2 where id = $1")
        .bind(run_id.to_owned())
        .bind(why)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a worker has ever taken it up.
pub(super) async fn is_begun(conn: &mut Conn, run_id: &str) -> Result<bool> {
    let begun: Option<i64> =
        sqlx::query_scalar("select seq from run_events where run_id = $1 and type = $2 order by seq limit 1")
            .bind(run_id.to_owned())
            .bind(EventKind::RunStarted.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(begun.is_some())
}

/// Asks a live run to drain into another status, or (`None`) to go on.
pub(super) async fn set_wanted(
    conn: &mut Conn,
    run_id: &str,
    wanted: Option<Status>,
    why: Option<&str>,
) -> Result<bool> {
    let done = sqlx::query(
        "update runs set wanted = $2, halt_reason = $3 where id = $1 and status in ('queued', 'running', 'paused')",
    )
    .bind(run_id.to_owned())
    .bind(wanted.map(Status::as_str))
    .bind(why.map(str::to_owned))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps how the tasks of a run stand, once they stay so: a page of runs would otherwise count those of each.
pub(super) async fn keep_tally(conn: &mut Conn, run: &Run) -> Result<()> {
    sqlx::query("update runs set tally = $2 where id = $1")
        .bind(run.id.clone())
        .bind(json(&(run.tenants, run.migrations_applied))?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Some task of the run has changed although it is over.
pub(super) async fn forget_tally(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update runs set tally = null where id = $1").bind(run_id.to_owned()).execute(conn).await?;
    Ok(())
}

/// Whoever works on it is to cancel the statements in flight.
pub(super) async fn set_interrupt(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update runs set interrupt = 1 where id = $1").bind(run_id.to_owned()).execute(conn).await?;
    Ok(())
}

/// A run that was planned for later begins now.
pub(super) async fn set_due(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update runs set not_before = null where id = $1").bind(run_id.to_owned()).execute(conn).await?;
    Ok(())
}
