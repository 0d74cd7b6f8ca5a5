//! What a try came to: how the task ends, and what is known of the tenant from here on.

use std::time::Instant;

use serde_json::json;

use super::Job;
use crate::engine::{Category, Engine, Failure};
use crate::error::{Advice, Do, Error};
use crate::migrations::apply::Outcome;
use crate::migrations::{Migration, ledger};
use crate::runs::store::tasks::{Claim, Ending};
use crate::runs::store::{NewEvent, parse};
use crate::runs::{EventKind, Kind, Reason, TaskStatus};
use crate::tenants::{self, Look, State, Tenant};

/// A finished try: how the task ends, and what was learned about the tenant.
pub(in crate::runs) struct Finished {
    pub claim: Claim,
    pub ending: Ending,
    pub look: Option<Look>,
    pub events: Vec<NewEvent>,
}

/// Half way through a file that the engine cannot take back.
pub(super) fn is_half_done(outcome: &Outcome) -> bool {
    outcome.ledger.as_ref().is_some_and(|rows| rows.iter().any(|row| !row.success))
}

/// It was a file that runs outside a transaction, statement by statement: nobody takes back what it had done by then.
pub(super) fn is_outside_transaction(job: &Job, engine: Engine, failure: &Failure) -> bool {
    let script = job.set.migrations.iter().find(|m| Some(m.label()) == failure.migration).and_then(|m| m.on(engine));
    let files = script.into_iter().flat_map(|script| [Some(&script.up), script.down.as_ref()]).flatten();
    // A MySQL file says in its ledger row whether something was left.
    engine.is_transactional()
        && files.filter(|file| file.no_transaction).any(|file| Some(file.path.display().to_string()) == failure.file)
}

/// A task whose statement was cancelled: what it had committed before stays, and is told.
pub(super) fn stopped(mut finished: Finished) -> Finished {
    let why = "its statement was cancelled";
    finished.ending.status = TaskStatus::Cancelled;
    finished.ending.reason = Some(Reason::Said(why.to_owned()));
    let body = json!({"tenant": finished.claim.tenant_slug, "attempt": finished.claim.attempt, "ms": finished.ending.ms, "reason": why});
    finished.events = vec![(EventKind::TenantCancelled, body)];
    finished
}

/// Who is half way through a file needs a person: the hint names the command.
pub(super) fn with_way_out(mut outcome: Outcome, tenant: &Tenant) -> Outcome {
    // The migration lock, or one inside the database: who holds it can be seen, and the first be taken from them.
    if let Some(failure) = outcome.failure.as_mut().filter(|f| f.category == Category::Lock) {
        match (failure.code.is_none(), tenant.engine.is_file()) {
            (true, true) => {
                failure.hint = Some(
                    Advice::from("let it end, then run again; ")
                        .act(Do::UnlockTenant { tenant: tenant.slug.clone() })
                        .and(" shows who it is"),
                );
            }
            (true, false) => {
                failure.hint = Some(
                    Advice::from("let it end, then run again; or see who it is and break it: ")
                        .act(Do::UnlockTenant { tenant: tenant.slug.clone() }),
                );
            }
            (false, true) => {
                let words = "another process is writing to the file, and SQLite does not tell which (fuser does): let it end, then run again";
                failure.hint = Some(words.into());
            }
            // What a file outside a transaction has left is the more urgent.
            (false, false) => {
                failure.hint.get_or_insert_with(|| {
                    Advice::from("somebody else holds what it needs: ")
                        .act(Do::DoctorLocks {})
                        .and(" shows who, while it waits")
                });
            }
        }
    }
    if let Some(failure) = &mut outcome.failure {
        failure.hint = failure.hint.take().map(|hint| hint.of_tenant(&tenant.slug));
    }
    let way = tenants::way_out(&tenant.slug, outcome.ledger.as_deref().unwrap_or_default());
    if let Some((failure, way)) = outcome.failure.as_mut().zip(way) {
        failure.hint = Some(tenants::once_mended(failure, tenant.engine, way));
    }
    outcome
}

pub(super) fn unreached() -> Outcome {
    Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: None }
}

/// What a try came to, before it is a task's ending.
#[derive(Default)]
pub(super) struct Try {
    pub from: Option<i64>,
    pub done: Vec<i64>,
    pub outcome: Option<Outcome>,
    pub failure: Option<Failure>,
    pub engine: Option<Engine>,
}

pub(super) fn ended(job: &Job, claim: Claim, began: Instant, tried: Try, look: Option<Look>) -> Finished {
    let ms = began.elapsed().as_millis() as i64;
    let to_version = tried.outcome.as_ref().and_then(|o| o.to);
    let ledger = tried.outcome.as_ref().and_then(|o| o.ledger.clone());
    let failure = tried.failure.or(tried.outcome.and_then(|o| o.failure));
    let mut versions: Vec<i64> = parse(&claim.versions).unwrap_or_default();
    let mut done = tried.done;
    if let (true, Some(ledger)) = (claim.is_reconciliation() && failure.is_none(), &ledger) {
        done = done_by_the_dead(job, &claim, ledger);
    }
    versions.extend(done.iter().filter(|v| !versions.contains(v)).copied().collect::<Vec<_>>());
    let applied = done.len() as i64;

    let (status, reason) = match &failure {
        None if claim.is_reconciliation()
            && !reached(job, &claim, tried.engine, ledger.as_deref().unwrap_or_default()) =>
        {
            (
                TaskStatus::Unknown,
                Some(Reason::Said("the worker died; the ledger says that there is more to do".to_owned())),
            )
        }
        None if versions.is_empty() => (TaskStatus::Succeeded, Some(Reason::Current)),
        None => (TaskStatus::Succeeded, Some(Reason::Migrated)),
        Some(_) => (TaskStatus::Failed, None),
    };
    let mut body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt, "ms": ms});
    let kind = match (&failure, status) {
        (Some(failure), _) => {
            add_failure(&mut body, failure);
            EventKind::TenantFailed
        }
        (None, TaskStatus::Unknown) => {
            body["message"] = json!(reason);
            EventKind::TenantUnknown
        }
        (None, _) => {
            body["from"] = json!(tried.from);
            body["to"] = json!(to_version);
            body["applied"] = json!(versions.len());
            body["reason"] = json!(reason);
            EventKind::TenantSucceeded
        }
    };
    let ending = Ending {
        status,
        reason,
        versions,
        from_version: tried.from,
        to_version,
        applied,
        ms,
        failure: failure.map(Into::into),
    };
    Finished { claim, ending, look, events: vec![(kind, body)] }
}

/// After a worker died: the versions in the ledger that were not there before, or (rollback) that are there no more.
fn done_by_the_dead(job: &Job, claim: &Claim, ledger: &[ledger::Row]) -> Vec<i64> {
    let there = |version: i64| ledger.iter().any(|row| row.version == version && row.success);
    match job.kind {
        Kind::Migrate => {
            let from = claim.from_version.unwrap_or(0);
            let is_ours = |v: i64| v > from && job.to_version.is_none_or(|to| v <= to);
            ledger.iter().filter(|row| row.success && is_ours(row.version)).map(|row| row.version).collect()
        }
        Kind::Rollback => planned(claim).into_iter().filter(|v| !there(*v)).collect(),
        Kind::Verify | Kind::Provision | Kind::Rotate | Kind::Backup => Vec::new(),
    }
}

/// Whether the ledger is where the task was to bring it.
fn reached(job: &Job, claim: &Claim, engine: Option<Engine>, ledger: &[ledger::Row]) -> bool {
    let there = |version: i64| ledger.iter().any(|row| row.version == version && row.success);
    match job.kind {
        Kind::Migrate => {
            let is_there_one = |m: &&Migration| engine.is_none_or(|engine| m.on(engine).is_some());
            let wanted = job.set.migrations.iter().filter(is_there_one).map(|m| m.version);
            wanted.filter(|v| job.to_version.is_none_or(|to| *v <= to)).all(there)
        }
        Kind::Rollback => !planned(claim).into_iter().any(there),
        Kind::Verify | Kind::Provision | Kind::Rotate | Kind::Backup => true,
    }
}

fn planned(claim: &Claim) -> Vec<i64> {
    claim.plan.as_deref().and_then(|p| parse(p).ok()).unwrap_or_default()
}

pub(super) fn skipped(claim: Claim, began: Instant, why: &str) -> Finished {
    let body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt, "reason": why});
    let ending = Ending {
        status: TaskStatus::Skipped,
        reason: Some(Reason::from(why.to_owned())),
        versions: Vec::new(),
        from_version: None,
        to_version: None,
        applied: 0,
        ms: began.elapsed().as_millis() as i64,
        failure: None,
    };
    Finished { claim, ending, look: None, events: vec![(EventKind::TenantSkipped, body)] }
}

pub(super) fn look_at(job: &Job, tenant: &Tenant, outcome: &Outcome) -> Look {
    let applied: Vec<_> = outcome.ledger.iter().flatten().filter(|row| row.success).collect();
    let version = applied.iter().map(|row| row.version).max();
    let mut look = match &outcome.failure {
        Some(failure) => look_failed(job, failure, outcome.ledger.is_some()),
        None => Look {
            version: None,
            applied: 0,
            ledger_digest: None,
            state: if version >= job.set.newest(tenant.engine, None) { State::Current } else { State::Behind },
            last_error: None,
            run: Some(job.number),
            ms: None,
            schema: None,
            checkpoint: None,
        },
    };
    match &outcome.ledger {
        Some(ledger) => {
            look.version = version;
            look.applied = applied.len() as i64;
            // A ledger that the files contradict, or that is half way, is known for what it is: a plan tells of it.
            let is_known = match &outcome.failure {
                None => true,
                Some(failure) => failure.category == Category::Checksum || is_half_done(outcome),
            };
            if is_known {
                look.ledger_digest = Some(ledger::digest(&job.set, tenant.engine, ledger));
            }
        }
        // Not reached: what was known of its version stays known.
        None => {
            look.version = tenant.version;
            look.applied = tenant.applied;
        }
    }
    look
}

/// `was_read`: its ledger could be read after it failed.
fn look_failed(job: &Job, failure: &Failure, was_read: bool) -> Look {
    let unreachable = matches!(failure.category, Category::Connect | Category::Auth) && !was_read;
    Look {
        version: None,
        applied: 0,
        ledger_digest: None,
        state: if unreachable { State::Unreachable } else { State::Failed },
        last_error: Some(failure.message.clone()),
        run: Some(job.number),
        ms: None,
        schema: None,
        checkpoint: None,
    }
}

/// The platform's error in the form of a database's, so that a task shows both alike.
pub(super) fn from_error(error: &Error) -> Failure {
    use crate::error::Kind as E;
    let category = match error.kind {
        E::Unavailable => Category::Connect,
        E::Denied | E::Unauthenticated => Category::Permission,
        _ => Category::Other,
    };
    let mut failure = Failure::new(category, error.message.clone());
    failure.detail = error.cause.clone();
    failure.hint = error.hint.clone();
    failure
}

/// A failure's fields on an event's body, flat, as the contract of events has them.
pub(in crate::runs) fn add_failure(body: &mut serde_json::Value, failure: &Failure) {
    let (Some(body), Ok(serde_json::Value::Object(fields))) = (body.as_object_mut(), serde_json::to_value(failure))
    else {
        return;
    };
    body.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
}
