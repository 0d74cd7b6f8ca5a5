//! Who works: each process that claims tasks has a row with a heartbeat. A worker is dead when its heartbeat is older than the
//! lease, or, on this machine, as soon as its process is gone; what it held is then taken from it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, FromRow};
use tokio::sync::Semaphore;

use super::process::Process;
use super::store::{self, NewEvent};
use super::{EventKind, Kind, Reason, Status, TaskStatus, blame, told, wants};
use crate::Platform;
use crate::central::{CentralEngine, Conn, stored};
use crate::error::Result;

/// How long a worker may be silent before others take over.
pub(super) const LEASE: Duration = Duration::from_secs(15);
/// How often it says that it lives.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(3);

/// What a worker is there for: whatever there is, or the one run of a command.
const SERVER: &str = "server";
const COMMAND: &str = "command";

/// Whether this process's last heartbeat could not be written.
#[derive(Default)]
pub struct Heart(AtomicBool);

impl Heart {
    /// Where a worker cannot write, nobody can: a disk that is full answers whoever only reads.
    pub fn beats(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

/// This process's row; it beats in the background until dropped, and [`Worker::leave`] takes it away.
pub(super) struct Worker {
    pub card: Card,
    /// One permit for each task that may be in this worker's hands, over all its runs.
    pub hands: Arc<Semaphore>,
    platform: Platform,
    beat: tokio::task::JoinHandle<()>,
}

/// Who a worker is.
#[derive(Clone)]
pub(super) struct Card {
    pub id: String,
    /// The one run it is there for.
    run_id: Option<String>,
}

impl Worker {
    /// `run_id`: the one run a command works on; `None` takes any. `hands`: how many tasks at once.
    pub async fn join(platform: &Platform, run_id: Option<&str>, hands: usize) -> Result<Self> {
        crate::bell::attend(platform);
        let card = Card { id: crate::id::new(), run_id: run_id.map(str::to_owned) };
        let mut tx = platform.central.write().await?;
        card.show(&mut tx).await?;
        tx.commit().await?;
        let beat = tokio::spawn(beat(platform.clone(), card.clone()));
        Ok(Self { card, hands: Arc::new(Semaphore::new(hands)), platform: platform.clone(), beat })
    }

    pub async fn leave(mut self) -> Result<()> {
        // A heartbeat under way would bring the row back.
        self.beat.abort();
        (&mut self.beat).await.ok();
        let mut tx = self.platform.central.write().await?;
        sqlx::query("delete from workers where id = $1").bind(self.card.id.clone()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Card {
    /// The heartbeat. One who was thought dead and is not (its process was stopped, its machine slept) is back with it: what
    /// it holds by then is somebody else's, but what it claims after is its own.
    pub async fn show(&self, conn: &mut Conn) -> Result<()> {
        let this = Process::this();
        sqlx::query(
            "insert into workers (id, host, pid, pid_started, role, run_id, started_at, heartbeat_at)
             values ($1, $2, $3, $4, $5, $6, (select now_ms from clock), (select now_ms from clock))
             on conflict (id) do update set heartbeat_at = excluded.heartbeat_at",
        )
        .bind(self.id.clone())
        .bind(this.host)
        .bind(this.pid)
        .bind(this.pid_started)
        .bind(if self.run_id.is_some() { COMMAND } else { SERVER })
        .bind(self.run_id.clone())
        .execute(conn)
        .await?;
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.beat.abort();
    }
}

async fn beat(platform: Platform, card: Card) {
    let mut every = tokio::time::interval(HEARTBEAT);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    every.tick().await;
    loop {
        every.tick().await;
        let beaten: Result<()> = async {
            let mut tx = platform.central.write().await?;
            card.show(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        }
        .await;
        platform.heart.0.store(beaten.is_err(), Ordering::Relaxed);
        if let Err(error) = beaten {
            tracing::warn!(error = error.log_text(), "a heartbeat could not be written");
        }
    }
}

#[derive(FromRow)]
struct WorkerRow {
    id: String,
    #[sqlx(flatten)]
    process: Process,
    run_id: Option<String>,
    heartbeat_at: i64,
    silent_ms: i64,
}

impl WorkerRow {
    fn role(&self) -> &'static str {
        if self.run_id.is_some() { COMMAND } else { SERVER }
    }

    fn is_dead(&self) -> bool {
        self.silent_ms > LEASE.as_millis() as i64 || self.process.is_gone()
    }
}

async fn all(conn: &mut Conn) -> Result<Vec<WorkerRow>> {
    // Nobody can beat while the central database is down: once it is back, everybody has a whole lease to do so.
    let since = match CentralEngine::of(conn) {
        CentralEngine::Postgres => {
            "greatest(heartbeat_at, (extract(epoch from pg_postmaster_start_time()) * 1000)::bigint)"
        }
        CentralEngine::Sqlite => "heartbeat_at",
    };
    let sql = format!(
        "select id, host, pid, pid_started, run_id, heartbeat_at, (select now_ms from clock) - {since} as silent_ms from workers"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).fetch_all(conn).await?)
}

/// How many there are of each role: those who live, and those who are silent.
pub(super) async fn by_role(conn: &mut Conn) -> Result<[(&'static str, bool, i64); 4]> {
    let workers = all(conn).await?;
    Ok([(SERVER, true), (SERVER, false), (COMMAND, true), (COMMAND, false)].map(|(role, is_alive)| {
        let is_one = |worker: &&WorkerRow| worker.role() == role && worker.is_dead() != is_alive;
        (role, is_alive, workers.iter().filter(is_one).count() as i64)
    }))
}

/// Whether somebody is there who takes any run.
pub(crate) async fn anyone_serves(platform: &Platform) -> Result<bool> {
    let workers = all(&mut *platform.central.read().await?).await?;
    Ok(workers.iter().any(|worker| worker.run_id.is_none() && !worker.is_dead()))
}

/// Whether some worker other than `except` may be at this run.
pub(super) async fn anyone_at(conn: &mut Conn, run_id: &str, except: &str) -> Result<bool> {
    let workers = all(conn).await?;
    Ok(workers.iter().any(|w| w.id != except && !w.is_dead() && w.run_id.as_deref().is_none_or(|id| id == run_id)))
}

/// The run whose task on this tenant a living worker holds.
pub(super) async fn live_run_at(conn: &mut Conn, tenant_id: &str) -> Result<Option<i64>> {
    // By its status: of those there are few, and of a tenant's there may be many.
    let held: Vec<(i64, String)> = sqlx::query_as(
        "select runs.number, tasks.worker_id from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id || '' = $1 and tasks.status = 'running' and tasks.worker_id is not null",
    )
    .bind(tenant_id.to_owned())
    .fetch_all(&mut *conn)
    .await?;
    if held.is_empty() {
        return Ok(None);
    }
    let workers = all(conn).await?;
    let lives = |id: &str| workers.iter().any(|worker| worker.id == id && !worker.is_dead());
    Ok(held.into_iter().find(|(_, worker)| lives(worker)).map(|(number, _)| number))
}

/// How many workers may be at this run, and whether one of them, other than `own`, is in want of room there. One who died is counted
/// until it is taken away.
pub(super) async fn count_at(conn: &mut Conn, run_id: &str, own: &str) -> Result<(i64, bool)> {
    let whose = match is_left_to_commands(conn) {
        false => "run_id is null or run_id = $1",
        true => "run_id = $1 or (run_id is null and not exists (select 1 from workers where run_id = $1))",
    };
    let sql = format!("select count(*), case when {} then 1 else 0 end from workers where {whose}", wants::is_any());
    let (count, is_in_want): (i64, i64) =
        sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(own.to_owned()).fetch_one(conn).await?;
    Ok((count, is_in_want == 1))
}

/// Whether a run that a command works is left to it by those who take any. A SQLite file has one writer: a second process at the
/// same run adds nothing but somebody who waits for it.
fn is_left_to_commands(conn: &Conn) -> bool {
    !CentralEngine::of(conn).is_shared()
}

/// The live runs that are left to commands, by their ids: those that a living one works, and those whose starter lives and is
/// about to.
pub(super) async fn left_to_commands(conn: &mut Conn) -> Result<HashSet<String>> {
    if !is_left_to_commands(conn) {
        return Ok(HashSet::new());
    }
    let about_to_begin: Vec<Starter> = sqlx::query_as(
        "select id, starter_host as host, starter_pid as pid, starter_started as pid_started from runs
          where status = $1 and starter_host is not null and created_at > (select now_ms from clock) - $2",
    )
    .bind(Status::Queued.as_str())
    .bind(LEASE.as_millis() as i64)
    .fetch_all(&mut *conn)
    .await?;
    let begun = all(conn).await?.into_iter().filter(|worker| !worker.is_dead()).filter_map(|worker| worker.run_id);
    let this = Process::this();
    let about_to_begin =
        about_to_begin.into_iter().filter(|starter| starter.process != this && !starter.process.is_gone());
    Ok(begun.chain(about_to_begin.map(|starter| starter.id)).collect())
}

/// The process that a run was started by, to be worked by it.
#[derive(FromRow)]
struct Starter {
    id: String,
    #[sqlx(flatten)]
    process: Process,
}

/// Removes dead workers and takes back what they held: a task in their hands becomes `unknown`, to be reconciled from the
/// tenant's ledger before anything else; a provisioning, whose steps may all be repeated, is queued again.
pub(super) async fn take_back(platform: &Platform) -> Result<()> {
    let dead: Vec<WorkerRow> = {
        let mut conn = platform.central.read().await?;
        all(&mut conn).await?.into_iter().filter(WorkerRow::is_dead).collect()
    };
    let orphans = {
        let mut conn = platform.central.read().await?;
        orphaned_runs(&mut conn).await?
    };
    if dead.is_empty() && orphans.is_empty() {
        return Ok(());
    }
    // In a transaction of its own: who holds a worker's row waits for no run, and the other way round.
    let mut tx = platform.central.write().await?;
    for worker in &dead {
        // One who has beaten meanwhile stays.
        sqlx::query("delete from workers where id = $1 and heartbeat_at = $2")
            .bind(worker.id.clone())
            .bind(worker.heartbeat_at)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    let mut tx = platform.central.write().await?;
    for (run_id, kind) in orphaned_runs(&mut tx).await? {
        store::hold(&mut tx, &run_id).await?;
        store::forget_tally(&mut tx, &run_id).await?;
        let taken: Vec<(String, String, i64)> = sqlx::query_as(
            "update tasks set status = $2, reason = $3, epoch = epoch + 1, worker_id = null, finished_at = (select now_ms from clock)
              where run_id = $1 and status = 'running' and worker_id not in (select id from workers)
              returning id, tenant_slug, attempt",
        )
        .bind(run_id.clone())
        .bind(if kind.is_of_files() { TaskStatus::Unknown } else { TaskStatus::Queued }.as_str())
        .bind(kind.is_of_files().then(|| Reason::Reconcile.as_str().to_owned()))
        .fetch_all(&mut *tx)
        .await?;
        let mut events: Vec<NewEvent> = Vec::with_capacity(taken.len());
        for (task_id, tenant, attempt) in &taken {
            sqlx::query(
                "insert into attempts (task_id, attempt, status, started_at, finished_at, applied, actor)
                 select t.id, t.attempt, 'unknown', t.started_at, t.finished_at, 0, coalesce(t.asked_by, r.actor)
                   from tasks t join runs r on r.id = t.run_id where t.id = $1
                 on conflict (task_id, attempt) do nothing",
            )
            .bind(task_id.clone())
            .execute(&mut *tx)
            .await?;
            events.push((
                EventKind::TenantUnknown,
                serde_json::json!({"tenant": tenant, "attempt": attempt, "message": left_behind(kind)}),
            ));
        }
        store::append(&mut tx, &run_id, &events).await?;
        tracing::warn!(run = run_id, tasks = taken.len(), "a worker died; its tasks were taken back");
    }
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(())
}

/// What is said of a task whose worker died.
fn left_behind(kind: Kind) -> &'static str {
    match kind.is_of_files() {
        true => "the worker died; the tenant's ledger will say what it had done",
        false => "the worker died; another does it again",
    }
}

/// Runs with a running task in nobody's hands.
async fn orphaned_runs(conn: &mut Conn) -> Result<Vec<(String, Kind)>> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "select distinct runs.number, runs.id, runs.kind from tasks join runs on runs.id = tasks.run_id
          where tasks.status = 'running' and tasks.worker_id not in (select id from workers)
          order by runs.number",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(_, id, kind)| Ok((id, stored(kind)?))).collect()
}

/// Ends, as `halted`, the runs that were begun and that nobody is at any more, so that a new run need not wait for them.
/// They can be resumed and rerun. A run that is still queued waits for a worker and is left alone, unless the process that
/// was going to work it has ended before it could begin.
pub(super) async fn halt_abandoned(platform: &Platform) -> Result<()> {
    take_back(platform).await?;
    let mut tx = platform.central.write().await?;
    for live in store::active(&mut tx).await? {
        let was_begun = live.status == Status::Running || starter_is_gone(&mut tx, &live.id).await?;
        if !was_begun || anyone_at(&mut tx, &live.id, "").await? {
            continue;
        }
        let Some(run) = store::by_number(&mut tx, live.number).await? else { continue };
        let why = "its worker died";
        store::set_wanted(&mut tx, &run.id, None, Some(why)).await?;
        if store::set_status(&mut tx, &run.id, &[Status::Queued, Status::Running], Status::Halted).await? {
            blame::weigh(&mut tx, &run, platform.config.quarantine_after).await?;
            store::append(&mut tx, &run.id, &[(EventKind::RunHalted, serde_json::json!({"message": why}))]).await?;
            if let Some(now) = store::by_number(&mut tx, run.number).await? {
                told::tell(&mut tx, &now, Some(why)).await?;
            }
        }
    }
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(())
}

async fn starter_is_gone(conn: &mut Conn, run_id: &str) -> Result<bool> {
    let starter: Option<Process> = sqlx::query_as(
        "select starter_host as host, starter_pid as pid, starter_started as pid_started from runs
          where id = $1 and starter_host is not null",
    )
    .bind(run_id.to_owned())
    .fetch_optional(conn)
    .await?;
    Ok(starter.is_some_and(|process| process.is_gone()))
}
