//! One connection to a tenant, from open to close: what is to be done there, and the look at what came of it.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::ending::{is_outside_transaction, unreached};
use super::{Events, Job, Told};
use crate::engine::{self, Category, Connection, Engine, Failure, Schema, Target};
use crate::error::advice::Resolve;
use crate::error::{Advice, Do};
use crate::migrations::Source;
use crate::migrations::apply::{self, Outcome};
use crate::runs::EventKind;
use crate::runs::store::tasks::Claim;

/// How long the look at a schema may take before it is left to the next verification.
const LOOK: Duration = Duration::from_secs(120);

/// How often a server is asked to cancel a statement, a second apart, before the session is left to it.
const REQUESTS: u32 = 15;

/// One connection, from open to close.
pub(super) async fn once(
    job: &Job,
    claim: &Claim,
    target: &Target,
    goal: &apply::Goal,
    options: &apply::Options,
    events: &Events,
    look_closer: bool,
) -> (Outcome, Option<Schema>) {
    let opened = match goal {
        apply::Goal::Verify => Connection::open_to_look(target).await,
        _ => Connection::open(target).await,
    };
    let mut conn = match opened {
        Ok(conn) => conn,
        Err(failure) => return (Outcome { failure: Some(failure), ..unreached() }, None),
    };
    let told = Mutex::new(Vec::new());
    let tell = |progress| {
        let (kind, version, migration, ms) = match progress {
            apply::Progress::Applied { version, migration, ms } => {
                (EventKind::MigrationApplied, version, migration, ms)
            }
            apply::Progress::Reverted { version, migration, ms } => {
                (EventKind::MigrationReverted, version, migration, ms)
            }
        };
        if let Ok(mut told) = told.lock() {
            told.push(version);
        }
        // The worker outlives its tasks; should it not, nobody is left to be told.
        let _ = events.send(Told::of(
            claim,
            kind,
            json!({"tenant": claim.tenant_slug, "attempt": claim.attempt, "migration": migration, "ms": ms}),
        ));
    };
    let work = interruptible(job, target, apply::run(&mut conn, &job.set, goal, options, &tell));
    // A statement may take as long as it does, while its server is there.
    let waited = tokio::select! {
        outcome = work => Ok(outcome),
        failure = engine::silence(target) => Err(failure),
    };
    let mut outcome = match waited {
        Ok(outcome) => outcome,
        Err(failure) => {
            conn.close().await;
            let done = told.lock().map(|told| told.clone()).unwrap_or_default();
            return (Outcome { done, failure: Some(failure), ..unreached() }, None);
        }
    };
    if let Some(failure) = &mut outcome.failure
        && target.engine.leaves_invalid_indexes()
        && is_outside_transaction(job, target.engine, failure)
    {
        name_invalid_indexes(&mut conn, failure, claim).await;
    }
    if let Some(failure) = outcome.failure.as_mut().filter(|failure| may_be_too_large(target, failure)) {
        name_sizes(job, target, failure).await;
    }
    // Finding nothing to do costs no look at the schema.
    let is_new =
        !outcome.done.is_empty() || matches!(goal, apply::Goal::Verify | apply::Goal::Reconcile) || look_closer;
    let schema = match &outcome.failure {
        // What was done is done; the comparison is made up for by the next verification.
        None if is_new => match tokio::time::timeout(LOOK, engine::schema(&mut conn)).await {
            Ok(Ok(schema)) => Some(schema),
            Ok(Err(failure)) => {
                tracing::warn!(tenant = claim.tenant_slug, error = failure.message, "the schema could not be read");
                None
            }
            Err(_) => {
                tracing::warn!(tenant = claim.tenant_slug, "the schema could not be read in time");
                None
            }
        },
        _ => None,
    };
    conn.close().await;
    (outcome, schema)
}

/// Waits for what is done on a tenant. Once the run's statements are to be cancelled, the server is asked to do so, again and
/// again until it is over: between two statements there is none to cancel.
async fn interruptible(job: &Job, target: &Target, work: impl Future<Output = Outcome>) -> Outcome {
    tokio::pin!(work);
    tokio::select! {
        outcome = &mut work => return outcome,
        () = job.stop.cancelled() => {}
    }
    // What only waits, for the lock or between two migrations, ends by itself.
    if let Ok(outcome) = tokio::time::timeout(Duration::from_millis(100), &mut work).await {
        return outcome;
    }
    for _ in 0..REQUESTS {
        if let Err(failure) = engine::interrupt(target).await {
            tracing::warn!(
                run = job.number,
                error = failure.message,
                "a statement could not be cancelled; trying again"
            );
        }
        if let Ok(outcome) = tokio::time::timeout(Duration::from_secs(1), &mut work).await {
            return outcome;
        }
    }
    // A session that heeds nothing (a frozen process) is left; its server ends it, and what it had not committed with it.
    let failure = Failure::new(Category::Timeout, "the server does not heed the request to cancel the statement");
    Outcome { failure: Some(failure), ..unreached() }
}

/// A MySQL server that got a packet larger than it takes says so without a size, or hangs up without a word.
fn may_be_too_large(target: &Target, failure: &Failure) -> bool {
    let is_said = failure.code.as_deref() == Some("1153");
    target.engine.limits_packets() && (is_said || failure.code.is_none() && failure.category == Category::Connect)
}

/// The file that failed.
fn file_of<'a>(job: &'a Job, engine: Engine, failure: &Failure) -> Option<&'a Source> {
    let script = job.set.migrations.iter().find(|m| Some(m.label()) == failure.migration)?.on(engine)?;
    let is_it = |source: &&Source| Some(source.path.display().to_string()) == failure.file;
    Some(&script.up).filter(is_it).or(script.down.as_ref().filter(is_it))
}

/// How large what was sent is, and how much the server takes.
async fn name_sizes(job: &Job, target: &Target, failure: &mut Failure) {
    let Some(file) = file_of(job, target.engine, failure) else { return };
    let Some(allowed) = engine::largest_packet(target).await else { return };
    let statements = engine::statements(target.engine, &file.sql);
    let largest = statements.iter().enumerate().max_by_key(|(_, statement)| statement.sql.len());
    let (what, size) = match largest {
        Some((at, statement)) if statement.sql.len() >= allowed => {
            (format!("statement {}", at + 1), statement.sql.len())
        }
        _ => ("the file".to_owned(), file.sql.len()),
    };
    if size >= allowed {
        failure.detail =
            Some(format!("{what} has {size} bytes, and the server takes {allowed} at once (max_allowed_packet)"));
        failure.hint = Some(engine::PACKET.into());
    }
}

/// A concurrent build that failed leaves its index behind, unusable and in the way of the next try.
async fn name_invalid_indexes(conn: &mut Connection, failure: &mut Failure, claim: &Claim) {
    let Ok(Ok(found)) = tokio::time::timeout(LOOK, engine::invalid_indexes(conn)).await else { return };
    if found.is_empty() {
        return;
    }
    let names: Vec<_> = found.iter().map(|index| format!("{} on {}", index.name, index.table)).collect();
    let left = format!("left behind and invalid: {}", names.join(", "));
    failure.detail = Some(failure.detail.take().map_or_else(|| left.clone(), |detail| format!("{detail}; {left}")));
    let remedies: Vec<_> = found.iter().map(|index| index.remedy.as_str()).collect();
    failure.hint = Some(
        Advice::from(format!("mend the cause, then {}; or ", remedies.join("; ")))
            .act(Do::ResolveTenant { tenant: Some(claim.tenant_slug.clone()), how: Resolve::DropInvalid })
            .and("; then run again"),
    );
}
