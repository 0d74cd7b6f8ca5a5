//! One task on one tenant: connect, lock, read, compare, apply or revert, unlock, close. It writes nothing central; what
//! happened goes to the worker, which writes it.

mod ending;
mod provisioning;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

pub(super) use ending::Finished;
use ending::{Try, ended, from_error, is_half_done, look_at, skipped, stopped, unreached, with_way_out};

use super::store::NewEvent;
use super::store::tasks::Claim;
use super::{Goal, Kind, Policy};
use crate::Platform;
use crate::actor::Actor;
use crate::engine::{self, Category, Connection, Engine, Failure, Schema, Target};
use crate::error::{Error, Result};
use crate::migrations::Set;
use crate::migrations::apply::{self, Checkpoint, Outcome};
use crate::servers;
use crate::tenants::{self, Look, State, Tenant};

/// What all tasks of a run share.
pub(super) struct Job {
    pub platform: Platform,
    pub number: i64,
    pub kind: Kind,
    pub goal: Goal,
    pub to_version: Option<i64>,
    pub policy: Policy,
    pub set: Arc<Set>,
    /// Cancelled when the statements in flight are to be cancelled.
    pub stop: CancellationToken,
    /// Set by a task that found its server with no connection left.
    pub crowded: AtomicBool,
}

/// Events of a task while it goes on.
pub(super) type Events = UnboundedSender<Told>;

/// An event, and of which claim: worth nothing once the task is in other hands.
pub(super) struct Told {
    pub task_id: String,
    pub epoch: i64,
    pub event: NewEvent,
}

impl Told {
    fn of(claim: &Claim, kind: &'static str, body: serde_json::Value) -> Self {
        Self { task_id: claim.id.clone(), epoch: claim.epoch, event: (kind, body) }
    }
}

/// Tries in all, for failures that may pass by themselves.
const TRIES: u32 = 3;

/// How long a task goes on asking a server that has no connection left.
const CROWDED: Duration = Duration::from_secs(60);

/// How long the look at a schema may take before it is left to the next verification.
const LOOK: Duration = Duration::from_secs(120);

/// How often a server is asked to cancel a statement, a second apart, before the session is left to it.
const REQUESTS: u32 = 15;

/// Between two looks at whether the central database is back.
const AWAY: Duration = Duration::from_millis(500);

pub(super) async fn execute(job: &Job, claim: Claim, events: &Events) -> Finished {
    let began = Instant::now();
    let outcome = loop {
        match attempt(job, &claim, events, began).await {
            // The central database is away, and nothing was begun here: it is no tenant's failure.
            Err(error) if error.kind == crate::error::Kind::Unavailable && may_wait(job) => {
                tokio::time::sleep(AWAY).await;
            }
            outcome => break outcome,
        }
    };
    match outcome {
        Ok(finished) => finished,
        // The platform's own trouble (a credential that cannot be opened, a server that is gone) ends the task like a
        // database's: with its words, under its own category.
        Err(error) => {
            if error.kind == crate::error::Kind::Internal {
                tracing::error!(tenant = claim.tenant_slug, error = error.log_text(), "a task failed unexpectedly");
            }
            ended(job, claim, began, Try { failure: Some(from_error(&error)), ..Try::default() }, None)
        }
    }
}

/// A provisioning has begun something, and says itself where it stopped.
fn may_wait(job: &Job) -> bool {
    job.kind != Kind::Provision && !job.platform.shutdown.is_cancelled() && !job.stop.is_cancelled()
}

/// A task whose code panicked: failed, with the log as the place to look.
pub(super) fn panicked(job: &Job, claim: Claim) -> Finished {
    let failure = from_error(&Error::internal("a task panicked"));
    ended(job, claim, Instant::now(), Try { failure: Some(failure), ..Try::default() }, None)
}

async fn attempt(job: &Job, claim: &Claim, events: &Events, began: Instant) -> Result<Finished> {
    let system = Actor::system();
    if job.kind == Kind::Provision {
        return provisioning::attempt(job, claim, events, began).await;
    }
    let tenant = tenants::find(&job.platform, &system, &claim.tenant_id).await?;
    if tenant.status != tenants::Status::Active {
        let why = format!("{:?}", tenant.status).to_lowercase();
        return Ok(skipped(claim.clone(), began, &why));
    }
    let goal = goal_of(job, claim)?;
    let target = match target(job, &tenant).await {
        Ok(target) => target,
        Err(error) if error.kind == crate::error::Kind::Unavailable => return Err(error),
        Err(error) => {
            // Without a credential that opens, nobody can sign in there.
            let failure = Failure { category: Category::Auth, ..from_error(&error) };
            let outcome = Outcome { failure: Some(failure), ..unreached() };
            let look = look_at(job, &tenant, &outcome);
            return Ok(ended(job, claim.clone(), began, Try { outcome: Some(outcome), ..Try::default() }, Some(look)));
        }
    };
    let options =
        apply::Options { lock_deadline: Duration::from_millis(job.policy.lock_deadline_ms), stop: job.stop.clone() };

    let mut done = Vec::new();
    let mut from = None;
    let mut tried = 0;
    // Mended by hand meanwhile?
    let is_strange = tenant.state == State::Drifted;
    let (outcome, schema) = loop {
        tried += 1;
        let (outcome, schema) = once(job, claim, &target, &goal, &options, events, is_strange).await;
        from = from.or(outcome.from);
        done.extend(&outcome.done);
        match &outcome.failure {
            // Nothing was begun, and it costs the server nothing to be asked again.
            Some(failure)
                if failure.is_crowded() && began.elapsed() < CROWDED && !job.platform.shutdown.is_cancelled() =>
            {
                tried -= 1;
                job.crowded.store(true, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(200 + rand::random_range(0..300))).await;
            }
            Some(failure)
                if failure.category.is_transient()
                    && tried < TRIES
                    && !job.platform.shutdown.is_cancelled()
                    && !job.stop.is_cancelled() =>
            {
                // Jittered, so that a fleet does not come back all at once.
                let pause = 200 * u64::from(tried) + rand::random_range(0..300);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            _ => break (outcome, schema),
        }
    };
    let mut outcome = outcome;
    let was_stopped = job.stop.is_cancelled() && outcome.failure.is_some() && !is_half_done(&outcome);
    if was_stopped {
        outcome.failure = None;
    }
    let checkpoint = Checkpoint::of(&job.set, tenant.engine, &outcome, job.kind == Kind::Rollback);
    let look = Look { schema, checkpoint, ..look_at(job, &tenant, &outcome) };
    let outcome = with_way_out(outcome, &tenant);
    let tried = Try { from, done, outcome: Some(outcome), failure: None, engine: Some(tenant.engine) };
    let finished = ended(job, claim.clone(), began, tried, Some(look));
    Ok(if was_stopped { stopped(finished) } else { finished })
}

async fn target(job: &Job, tenant: &Tenant) -> Result<Target> {
    let server = servers::find(&job.platform, &Actor::system(), &tenant.server_id).await?;
    let mut target = tenants::target(&job.platform, tenant, &server)?;
    target.application_name = format!("neo:{}:{}", job.number, tenant.slug);
    target.connect_timeout = Duration::from_millis(job.policy.connect_timeout_ms);
    target.lock_timeout = Duration::from_millis(job.policy.lock_timeout_ms);
    Ok(target)
}

/// One connection, from open to close.
async fn once(
    job: &Job,
    claim: &Claim,
    target: &Target,
    goal: &apply::Goal,
    options: &apply::Options,
    events: &Events,
    look_closer: bool,
) -> (Outcome, Option<Schema>) {
    let mut conn = match Connection::open(target).await {
        Ok(conn) => conn,
        Err(failure) => return (Outcome { failure: Some(failure), ..unreached() }, None),
    };
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |progress| {
        let (kind, version, migration, ms) = match progress {
            apply::Progress::Applied { version, migration, ms } => ("migration.applied", version, migration, ms),
            apply::Progress::Reverted { version, migration, ms } => ("migration.reverted", version, migration, ms),
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
        && is_outside_transaction(job, target.engine, failure)
    {
        name_invalid_indexes(&mut conn, failure, claim).await;
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

fn is_outside_transaction(job: &Job, engine: Engine, failure: &Failure) -> bool {
    let script = job.set.migrations.iter().find(|m| Some(m.label()) == failure.migration).and_then(|m| m.on(engine));
    engine == Engine::Postgres
        && script.is_some_and(|s| s.up.no_transaction || s.down.as_ref().is_some_and(|down| down.no_transaction))
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
    failure.hint = Some(format!(
        "mend the cause, then {}; or neo migrate resolve {} --drop-invalid; then run again",
        remedies.join("; "),
        claim.tenant_slug
    ));
}

fn goal_of(job: &Job, claim: &Claim) -> Result<apply::Goal> {
    if claim.is_reconciliation() {
        return Ok(apply::Goal::Reconcile);
    }
    Ok(match &job.goal {
        Goal::Migrate { .. } => apply::Goal::Up { to: job.to_version },
        Goal::Verify => apply::Goal::Verify,
        _ => {
            let plan: Vec<i64> = claim.plan.as_deref().map(super::store::parse).transpose()?.unwrap_or_default();
            let done: Vec<i64> = super::store::parse(&claim.versions)?;
            apply::Goal::Down { versions: plan.into_iter().filter(|v| !done.contains(v)).collect() }
        }
    })
}
