//! How tries end: those of a round are written together.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use sqlx::{AssertSqlSafe, FromRow};

use super::Claim;
use crate::central::Conn;
use crate::central::rows::{self, Holds};
use crate::error::Result;
use crate::runs::store::json;
use crate::runs::{Failure, Reason, TaskStatus};

/// How a try ended.
#[derive(Clone)]
pub(in crate::runs) struct Ending {
    pub status: TaskStatus,
    pub reason: Option<Reason>,
    /// Every version this task has applied or reverted, earlier attempts included.
    pub versions: Vec<i64>,
    pub from_version: Option<i64>,
    pub to_version: Option<i64>,
    /// What this try did.
    pub applied: i64,
    pub ms: i64,
    pub failure: Option<Failure>,
}

/// An ending as it is written.
#[derive(Serialize)]
struct Ended<'a> {
    id: &'a str,
    epoch: i64,
    status: &'a str,
    reason: Option<&'a str>,
    versions: String,
    from_version: Option<i64>,
    to_version: Option<i64>,
    applied: i64,
    ms: i64,
    error: Option<String>,
    fingerprint: Option<&'a str>,
}

impl<'a> Ended<'a> {
    fn of(claim: &'a Claim, ending: &'a Ending) -> Result<Self> {
        Ok(Self {
            id: &claim.id,
            epoch: claim.epoch,
            status: ending.status.as_str(),
            reason: ending.reason.as_ref().map(|why| why.as_str()),
            versions: json(&ending.versions)?,
            from_version: ending.from_version,
            to_version: ending.to_version,
            applied: ending.applied,
            ms: ending.ms,
            error: ending.failure.as_ref().map(json).transpose()?,
            fingerprint: ending.failure.as_ref().map(|failure| failure.fingerprint.as_str()),
        })
    }
}

const ENDED: [(&str, Holds); 11] = [
    ("id", Holds::Text),
    ("epoch", Holds::Number),
    ("status", Holds::Text),
    ("reason", Holds::Text),
    ("versions", Holds::Text),
    ("from_version", Holds::Number),
    ("to_version", Holds::Number),
    ("applied", Holds::Number),
    ("ms", Holds::Number),
    ("error", Holds::Text),
    ("fingerprint", Holds::Text),
];

/// Writes the ends of tasks and the rows of their attempts. Answers (by id and epoch) whose ends were written: the others were taken
/// away meanwhile, and their epochs moved on. One that was taken away may be among them twice, as who lost it and as who has it now.
pub(in crate::runs) async fn finish(conn: &mut Conn, ends: &[(&Claim, &Ending)]) -> Result<HashSet<(String, i64)>> {
    let mut written = HashSet::new();
    for ends in ends.chunks(rows::MOST) {
        let ended = ends.iter().map(|(claim, ending)| Ended::of(claim, ending)).collect::<Result<Vec<_>>>()?;
        // By their ids: SQLite would go through the list for each that runs.
        let sql = format!(
            "update tasks set status = j.status, reason = j.reason, versions = j.versions, from_version = coalesce(j.from_version, tasks.from_version),
                    to_version = coalesce(j.to_version, tasks.to_version), applied = tasks.applied + j.applied, ms = j.ms, error = j.error,
                    fingerprint = j.fingerprint, worker_id = null, finished_at = (select now_ms from clock)
               from {} where tasks.id = j.id and tasks.epoch = j.epoch and tasks.status || '' = 'running'
               returning tasks.id, tasks.epoch, tasks.run_id, tasks.attempt, tasks.started_at, tasks.finished_at, tasks.asked_by",
            rows::rows(conn, &ENDED)
        );
        let done: Vec<Done> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(rows::list(&ended)?).fetch_all(&mut *conn).await?;
        let mut rest: HashMap<_, _> = done.iter().map(|done| ((done.id.as_str(), done.epoch), done)).collect();
        let tries: Vec<_> =
            ended.iter().filter_map(|end| Some(Try::of(end, rest.remove(&(end.id, end.epoch))?))).collect();
        if !tries.is_empty() {
            keep_attempts(conn, &tries).await?;
        }
        written.extend(done.into_iter().map(|done| (done.id, done.epoch)));
    }
    Ok(written)
}

/// What is known of a task whose end was written.
#[derive(FromRow)]
struct Done {
    id: String,
    epoch: i64,
    run_id: String,
    attempt: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    asked_by: Option<String>,
}

/// The row of an attempt. It is made of what the end of the task has answered: to join the tasks once more, PostgreSQL reads all of
/// them where they are some thousands.
#[derive(Serialize)]
struct Try<'a> {
    id: &'a str,
    run: &'a str,
    attempt: i64,
    status: &'a str,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    ms: i64,
    applied: i64,
    error: Option<&'a str>,
    asked_by: Option<&'a str>,
}

impl<'a> Try<'a> {
    fn of(end: &'a Ended<'_>, done: &'a Done) -> Self {
        Self {
            id: end.id,
            run: &done.run_id,
            attempt: done.attempt,
            status: end.status,
            started_at: done.started_at,
            finished_at: done.finished_at,
            ms: end.ms,
            applied: end.applied,
            error: end.error.as_deref(),
            asked_by: done.asked_by.as_deref(),
        }
    }
}

const TRY: [(&str, Holds); 10] = [
    ("id", Holds::Text),
    ("run", Holds::Text),
    ("attempt", Holds::Number),
    ("status", Holds::Text),
    ("started_at", Holds::Number),
    ("finished_at", Holds::Number),
    ("ms", Holds::Number),
    ("applied", Holds::Number),
    ("error", Holds::Text),
    ("asked_by", Holds::Text),
];

async fn keep_attempts(conn: &mut Conn, tries: &[Try<'_>]) -> Result<()> {
    let sql = format!(
        "insert into attempts (task_id, attempt, status, started_at, finished_at, ms, applied, error, actor)
         select j.id, j.attempt, j.status, j.started_at, j.finished_at, j.ms, j.applied, j.error,
                coalesce(j.asked_by, (select actor from runs where runs.id = j.run))
           from {} where 1 = 1
         on conflict (task_id, attempt) do update set status = excluded.status, finished_at = excluded.finished_at,
                ms = excluded.ms, applied = attempts.applied + excluded.applied, error = excluded.error",
        rows::rows(conn, &TRY)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(rows::list(tries)?).execute(conn).await?;
    Ok(())
}
