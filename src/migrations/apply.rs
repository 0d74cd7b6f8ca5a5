//! What happens on one tenant: lock, read the ledger, compare, apply or revert one migration at a time, unlock.

mod barred;
mod compare;
mod found;
mod resolve;
mod script;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::engine::{Category, Connection, Engine, Failure, Proof};
use crate::migrations::{Set, ledger};
use found::find;
use script::Step;

pub use resolve::{Checkpoint, HalfDone, Resolution, half_done, resolve};

#[derive(Debug, Clone)]
pub enum Goal {
    /// Everything pending, up to and including `to`.
    Up { to: Option<i64> },
    /// Undo exactly these, newest first.
    Down { versions: Vec<i64> },
    /// Undo the newest `n`.
    Steps { n: u32 },
    /// Undo everything newer than `to`.
    DownTo { to: i64 },
    /// Only look.
    Verify,
    /// Look under the lock: whoever was at it before has ended, and what is seen does not change behind this look.
    Reconcile,
}

#[derive(Debug, Clone)]
pub enum Progress {
    Applied { version: i64, migration: String, ms: i64 },
    Reverted { version: i64, migration: String, ms: i64 },
}
pub type Sink<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// How it ended, success or not: what was done stays done and is told.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub done: Vec<i64>,
    /// The ledger at the end, when it could be read.
    pub ledger: Option<Vec<ledger::Row>>,
    pub failure: Option<Failure>,
}

pub struct Options {
    pub lock_deadline: Duration,
    /// The version that is remembered of this tenant: where its ledger does not lead there, it is refused.
    pub known: Option<i64>,
    /// Versions that Neo itself may have taken back since, without having been heard of.
    pub gone: Vec<i64>,
    /// What the server has to have shown before anything begins.
    pub proof: Arc<Proof>,
    /// Cancelled when nothing more is to begin here; whoever cancels it also has the statement in flight cancelled
    /// ([`engine::interrupt`](crate::engine::interrupt)).
    pub stop: CancellationToken,
}

impl Options {
    /// Waits so long for the lock, and is stopped by nobody.
    pub fn within(lock_deadline: Duration) -> Self {
        Self { lock_deadline, known: None, gone: Vec::new(), proof: Arc::default(), stop: CancellationToken::new() }
    }
}

/// Works towards `goal` on an open connection. Never panics, never leaves the lock.
pub async fn run(conn: &mut Connection, set: &Set, goal: &Goal, options: &Options, sink: Sink<'_>) -> Outcome {
    // A mere look takes no lock, but what it says is what a run would find.
    if matches!(goal, Goal::Verify)
        && let Err(failure) = conn.proved(&options.proof).await
    {
        return refused(failure);
    }
    if !is_behind(conn.engine(), set, goal, options)
        && let Some(outcome) = glance(conn, set, goal, options).await
    {
        return outcome;
    }
    conn.heed(&options.stop);
    let locked = tokio::select! {
        locked = take(conn, options) => locked,
        () = options.stop.cancelled() => Err(stopped()),
    };
    if let Err(failure) = locked {
        return refused(failure);
    }
    let outcome = match goal {
        Goal::Verify | Goal::Reconcile => look(conn, set, goal, None, options).await,
        _ => work(conn, set, goal, options, sink).await,
    };
    conn.unlock().await;
    barred::proved(conn, set, outcome).await
}

/// Nothing was looked at.
fn refused(failure: Failure) -> Outcome {
    Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: Some(failure) }
}

/// Takes the lock of a server that has shown that it is one.
async fn take(conn: &mut Connection, options: &Options) -> Result<(), Failure> {
    conn.proved(&options.proof).await?;
    conn.lock(options.lock_deadline).await
}

/// Whether there is work by what is remembered of this tenant: then one look, under the lock, is enough.
fn is_behind(engine: Engine, set: &Set, goal: &Goal, options: &Options) -> bool {
    let Goal::Up { to } = goal else { return false };
    let is_pending =
        |version: i64| options.known.is_some_and(|known| version > known) && to.is_none_or(|to| version <= to);
    set.on(engine).any(|(migration, _)| is_pending(migration.version))
}

/// What can be answered without the lock, in one round trip: a tenant that has everything already, and a mere look. `None`
/// when there is work, or when what is seen may be somebody else's work in progress.
async fn glance(conn: &mut Connection, set: &Set, goal: &Goal, options: &Options) -> Option<Outcome> {
    let to = match goal {
        Goal::Up { to } => *to,
        Goal::Verify => None,
        Goal::Down { .. } | Goal::Steps { .. } | Goal::DownTo { .. } | Goal::Reconcile => return None,
    };
    let outcome = look(conn, set, goal, to, options).await;
    let Some(rows) = &outcome.ledger else { return Some(outcome) };
    let is_in_progress = rows.iter().any(|r| !r.success);
    let is_done = compare::pending(set, conn.engine(), rows, to).is_ok_and(|steps| steps.is_empty());
    let is_answer = !is_in_progress && (is_done || matches!(goal, Goal::Verify));
    is_answer.then_some(outcome)
}

/// Reads the ledger and compares it with the files up to `to`.
async fn look(conn: &mut Connection, set: &Set, goal: &Goal, to: Option<i64>, options: &Options) -> Outcome {
    match find(conn, set, goal, options).await {
        Ok(found) => {
            let rows = found.unwrap_or_default();
            let failure = compare::pending(set, conn.engine(), &rows, to).err();
            Outcome { from: newest(&rows), to: newest(&rows), done: Vec::new(), ledger: Some(rows), failure }
        }
        Err(failure) => Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: Some(failure) },
    }
}

/// The part that is done under the lock.
async fn work(conn: &mut Connection, set: &Set, goal: &Goal, options: &Options, sink: Sink<'_>) -> Outcome {
    let found = match find(conn, set, goal, options).await {
        Ok(found) => found,
        Err(failure) => {
            return Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: Some(failure) };
        }
    };
    let mut rows = found.clone().unwrap_or_default();
    let from = newest(&rows);
    let mut tenant = Tenant { conn, set, options, sink, has_ledger: found.is_some(), done: Vec::new() };

    let result = match goal {
        Goal::Up { to } => tenant.up(*to, &mut rows).await,
        Goal::Down { versions } => tenant.down(versions, &mut rows).await,
        Goal::Steps { n } => {
            let newest: Vec<_> = rows.iter().rev().take(*n as usize).map(|r| r.version).collect();
            tenant.down(&newest, &mut rows).await
        }
        Goal::DownTo { to } => {
            let newer: Vec<_> = rows.iter().filter(|r| r.version > *to).map(|r| r.version).collect();
            tenant.down(&newer, &mut rows).await
        }
        Goal::Verify | Goal::Reconcile => Ok(()),
    };
    let Tenant { conn, done, .. } = tenant;
    // Under the lock nobody else writes it: after success it is what was read and what was done since.
    let ledger = match result {
        Ok(()) => Some(rows),
        Err(_) => {
            // What the file had set may hide rows of it; whether its login still comes in is asked at the end.
            let _ = conn.recover().await;
            ledger::read(conn).await.ok()
        }
    };
    let to = match &ledger {
        Some(rows) => newest(rows),
        None if done.is_empty() => from,
        None => None,
    };
    Outcome { from, to, done, ledger, failure: result.err() }
}

/// A tenant under its lock, and what was done on it so far.
struct Tenant<'a> {
    conn: &'a mut Connection,
    set: &'a Set,
    options: &'a Options,
    sink: Sink<'a>,
    has_ledger: bool,
    done: Vec<i64>,
}

impl Tenant<'_> {
    async fn up(&mut self, to: Option<i64>, rows: &mut Vec<ledger::Row>) -> Result<(), Failure> {
        'anew: loop {
            for step in compare::up(self.set, self.conn.engine(), rows, to)? {
                let version = step.migration.version;
                if self.make_way(&step, rows).await? {
                    continue 'anew;
                }
                let start = Instant::now();
                step.run(self.conn, !self.has_ledger).await?;
                self.has_ledger = true;
                rows.push(ledger::Row::applied(step.migration, step.up, start.elapsed()));
                self.done.push(version);
                (self.sink)(Progress::Applied { version, migration: step.migration.label(), ms: ms(start) });
            }
            return Ok(());
        }
    }

    async fn down(&mut self, versions: &[i64], rows: &mut Vec<ledger::Row>) -> Result<(), Failure> {
        'anew: loop {
            for step in compare::down(self.set, self.conn.engine(), rows, versions)? {
                let version = step.migration.version;
                if self.make_way(&step, rows).await? {
                    continue 'anew;
                }
                let start = Instant::now();
                step.run(self.conn, false).await?;
                rows.retain(|row| row.version != version);
                self.done.push(version);
                (self.sink)(Progress::Reverted { version, migration: step.migration.label(), ms: ms(start) });
            }
            return Ok(());
        }
    }

    /// Before a migration: whether it may begin, and in a session of its own where it needs one. True when somebody else has
    /// been at work while the session was made: `rows` are then as they have left them.
    async fn make_way(&mut self, step: &Step<'_>, rows: &mut Vec<ledger::Row>) -> Result<bool, Failure> {
        if self.options.stop.is_cancelled() {
            return Err(stopped());
        }
        if !self.conn.renew_for(&step.script(false), self.options.lock_deadline).await? {
            return Ok(false);
        }
        let found = ledger::find(self.conn).await?;
        self.has_ledger = found.is_some();
        let found = found.unwrap_or_default();
        let versions = |rows: &[ledger::Row]| rows.iter().map(|r| (r.version, r.success)).collect::<Vec<_>>();
        let is_changed = versions(&found) != versions(rows);
        *rows = found;
        Ok(is_changed)
    }
}

fn stopped() -> Failure {
    Failure::new(Category::Other, "the run was cancelled")
}

/// How many migrations a tenant with these rows has before it, or why it could not go on.
pub(super) fn pending(set: &Set, engine: Engine, rows: &[ledger::Row]) -> Result<usize, Failure> {
    compare::up(set, engine, rows, None).map(|steps| steps.len())
}

/// Why a tenant with this ledger would be refused, if anything of it or of what is pending there up to `to` is wrong.
pub fn refusal(set: &Set, engine: Engine, rows: &[ledger::Row], to: Option<i64>) -> Option<Failure> {
    compare::up(set, engine, rows, to).err()
}

/// The same where only the version of a ledger is known: a file of what is pending that may not be run.
pub fn unfit(set: &Set, engine: Engine, version: Option<i64>, to: Option<i64>) -> Option<Failure> {
    let is_pending = |v: i64| Some(v) > version && to.is_none_or(|to| v <= to);
    set.on(engine).filter(|(migration, _)| is_pending(migration.version)).find_map(|(migration, script)| {
        compare::fit(engine, &Step { migration, up: &script.up, source: &script.up, down: false }).err()
    })
}

/// The newest version that is wholly applied.
fn newest(rows: &[ledger::Row]) -> Option<i64> {
    rows.iter().filter(|r| r.success).map(|r| r.version).max()
}

fn ms(start: Instant) -> i64 {
    i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)
}
