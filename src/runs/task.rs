//! One task on one tenant: connect, lock, read, compare, apply or revert, unlock, close. It writes nothing central; what
//! happened goes to the worker, which writes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::store::NewEvent;
use super::store::tasks::{Claim, Ending};
use super::{CURRENT, Goal, Kind, MIGRATED, Policy, TaskStatus};
use crate::Platform;
use crate::actor::Actor;
use crate::engine::{self, Category, Connection, Engine, Failure, Schema, Target};
use crate::error::{Error, Result};
use crate::migrations::apply::{self, Checkpoint, Outcome};
use crate::migrations::{Set, ledger};
use crate::servers;
use crate::tenants::{self, Look, State, Tenant, provision};

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

/// A finished try: how the task ends, and what was learned about the tenant.
pub(super) struct Finished {
    pub claim: Claim,
    pub ending: Ending,
    pub look: Option<Look>,
    pub events: Vec<NewEvent>,
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
        return provisioning(job, claim, events, began).await;
    }
    let tenant = tenants::find(&job.platform, &system, &claim.tenant_id).await?;
    if tenant.status != tenants::Status::Active {
        let why = format!("{:?}", tenant.status).to_lowercase();
        return Ok(skipped(job, claim.clone(), began, &why));
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
    let tried = Try { from, done, outcome: Some(outcome), failure: None };
    let finished = ended(job, claim.clone(), began, tried, Some(look));
    Ok(if was_stopped { stopped(finished) } else { finished })
}

/// Half way through a file that the engine cannot take back.
fn is_half_done(outcome: &Outcome) -> bool {
    outcome.ledger.as_ref().is_some_and(|rows| rows.iter().any(|row| !row.success))
}

/// A task whose statement was cancelled: what it had committed before stays, and is told.
fn stopped(mut finished: Finished) -> Finished {
    let why = "its statement was cancelled";
    finished.ending.status = TaskStatus::Cancelled;
    finished.ending.reason = Some(why.to_owned());
    let body = json!({"tenant": finished.claim.tenant_slug, "attempt": finished.claim.attempt, "ms": finished.ending.ms, "reason": why});
    finished.events = vec![("tenant.cancelled", body)];
    finished
}

/// Who is half way through a file needs a person: the hint names the command.
fn with_way_out(mut outcome: Outcome, tenant: &Tenant) -> Outcome {
    // The migration lock, or one inside the database: who holds it can be seen, and the first be taken from them.
    if let Some(failure) = outcome.failure.as_mut().filter(|f| f.category == Category::Lock) {
        failure.hint = Some(match (failure.code.is_none(), tenant.engine) {
            (true, Engine::Sqlite) => {
                format!("let it end, then run again; neo tenant unlock {} shows who it is", tenant.slug)
            }
            (true, _) => {
                format!("let it end, then run again; or see who it is and break it: neo tenant unlock {}", tenant.slug)
            }
            (false, _) => "somebody else holds what it needs: neo doctor locks shows who, while it waits".to_owned(),
        });
    }
    let is_half_done = is_half_done(&outcome);
    if let Some(failure) = outcome.failure.as_mut().filter(|_| is_half_done) {
        failure.hint = Some(format!(
            "neo migrate resolve {} shows where it stopped; then continue there (--continue), or say what is true: --applied, \
             --not-applied",
            tenant.slug
        ));
    }
    outcome
}

async fn target(job: &Job, tenant: &Tenant) -> Result<Target> {
    let server = servers::find(&job.platform, &Actor::system(), &tenant.server_id).await?;
    let mut target = tenants::target(&job.platform, tenant, &server)?;
    target.application_name = format!("neo:{}:{}", job.number, tenant.slug);
    target.connect_timeout = Duration::from_millis(job.policy.connect_timeout_ms);
    target.lock_timeout = Duration::from_millis(job.policy.lock_timeout_ms);
    Ok(target)
}

fn unreached() -> Outcome {
    Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: None }
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

/// What a try came to, before it is a task's ending.
#[derive(Default)]
struct Try {
    from: Option<i64>,
    done: Vec<i64>,
    outcome: Option<Outcome>,
    failure: Option<Failure>,
}

fn ended(job: &Job, claim: Claim, began: Instant, tried: Try, look: Option<Look>) -> Finished {
    let ms = began.elapsed().as_millis() as i64;
    let to_version = tried.outcome.as_ref().and_then(|o| o.to);
    let ledger = tried.outcome.as_ref().and_then(|o| o.ledger.clone());
    let failure = tried.failure.or(tried.outcome.and_then(|o| o.failure));
    let mut versions: Vec<i64> = super::store::parse(&claim.versions).unwrap_or_default();
    let mut done = tried.done;
    if let (true, Some(ledger)) = (claim.is_reconciliation() && failure.is_none(), &ledger) {
        done = done_by_the_dead(job, &claim, ledger);
    }
    versions.extend(done.iter().filter(|v| !versions.contains(v)).copied().collect::<Vec<_>>());
    let applied = done.len() as i64;

    let (status, reason) = match &failure {
        None if claim.is_reconciliation() && !reached(job, &claim, ledger.as_deref().unwrap_or_default()) => {
            (TaskStatus::Unknown, Some("the worker died; the ledger says that there is more to do".to_owned()))
        }
        None if versions.is_empty() => (TaskStatus::Succeeded, Some(CURRENT.to_owned())),
        None => (TaskStatus::Succeeded, Some(MIGRATED.to_owned())),
        Some(_) => (TaskStatus::Failed, None),
    };
    let mut body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt, "ms": ms});
    let kind = match (&failure, status) {
        (Some(failure), _) => {
            add_failure(&mut body, failure);
            "tenant.failed"
        }
        (None, TaskStatus::Unknown) => {
            body["message"] = json!(reason);
            "tenant.unknown"
        }
        (None, _) => {
            body["from"] = json!(tried.from);
            body["to"] = json!(to_version);
            body["applied"] = json!(versions.len());
            body["reason"] = json!(reason);
            "tenant.succeeded"
        }
    };
    let ending = Ending { status, reason, versions, from_version: tried.from, to_version, applied, ms, failure };
    Finished { claim, ending, look, events: vec![(kind, body)] }
}

/// After a worker died: the versions in the ledger that were not there before, or (rollback) that are there no more.
fn done_by_the_dead(job: &Job, claim: &Claim, ledger: &[ledger::Row]) -> Vec<i64> {
    let there = |version: i64| ledger.iter().any(|row| row.version == version && row.success);
    match job.kind {
        Kind::Migrate => {
            let from = claim.from_version.unwrap_or(0);
            ledger.iter().filter(|row| row.success && row.version > from).map(|row| row.version).collect()
        }
        Kind::Rollback => planned(claim).into_iter().filter(|v| !there(*v)).collect(),
        Kind::Verify | Kind::Provision => Vec::new(),
    }
}

/// Whether the ledger is where the task was to bring it.
fn reached(job: &Job, claim: &Claim, ledger: &[ledger::Row]) -> bool {
    let there = |version: i64| ledger.iter().any(|row| row.version == version && row.success);
    match job.kind {
        Kind::Migrate => {
            job.set.migrations.iter().map(|m| m.version).filter(|v| job.to_version.is_none_or(|to| *v <= to)).all(there)
        }
        Kind::Rollback => !planned(claim).into_iter().any(there),
        Kind::Verify | Kind::Provision => true,
    }
}

fn planned(claim: &Claim) -> Vec<i64> {
    claim.plan.as_deref().and_then(|p| super::store::parse(p).ok()).unwrap_or_default()
}

fn skipped(_job: &Job, claim: Claim, began: Instant, why: &str) -> Finished {
    let body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt, "reason": why});
    let ending = Ending {
        status: TaskStatus::Skipped,
        reason: Some(why.to_owned()),
        versions: Vec::new(),
        from_version: None,
        to_version: None,
        applied: 0,
        ms: began.elapsed().as_millis() as i64,
        failure: None,
    };
    Finished { claim, ending, look: None, events: vec![("tenant.skipped", body)] }
}

fn look_at(job: &Job, tenant: &Tenant, outcome: &Outcome) -> Look {
    let applied: Vec<_> = outcome.ledger.iter().flatten().filter(|row| row.success).collect();
    let version = applied.iter().map(|row| row.version).max();
    let mut look = match &outcome.failure {
        Some(failure) => look_failed(job, failure),
        None => Look {
            version: None,
            applied: 0,
            ledger_digest: None,
            state: if version >= job.set.latest() { State::Current } else { State::Behind },
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
            if outcome.failure.is_none() {
                look.ledger_digest = Some(ledger::digest(ledger));
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

fn look_failed(job: &Job, failure: &Failure) -> Look {
    let unreachable = matches!(failure.category, Category::Connect | Category::Auth);
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

async fn provisioning(job: &Job, claim: &Claim, events: &Events, began: Instant) -> Result<Finished> {
    let failed = std::sync::Mutex::new(None);
    let applied = std::sync::atomic::AtomicI64::new(0);
    let tell = |progress: provision::Progress| {
        let mut body = json!({"tenant": claim.tenant_slug, "attempt": claim.attempt});
        let kind = match progress {
            provision::Progress::StepStarted { step } => {
                body["step"] = json!(step);
                "step.started"
            }
            provision::Progress::StepSucceeded { step, ms } => {
                body["step"] = json!(step);
                body["ms"] = json!(ms);
                "step.succeeded"
            }
            provision::Progress::StepFailed { step, ms, failure } => {
                body["step"] = json!(step);
                body["ms"] = json!(ms);
                add_failure(&mut body, &failure);
                if let Ok(mut failed) = failed.lock() {
                    *failed = Some(failure);
                }
                "step.failed"
            }
            provision::Progress::StepUndone { step } => {
                body["step"] = json!(step);
                "step.undone"
            }
            provision::Progress::Applied { migration, ms } => {
                applied.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                body["migration"] = json!(migration);
                body["ms"] = json!(ms);
                "migration.applied"
            }
        };
        let _ = events.send(Told::of(claim, kind, body));
    };
    let result = loop {
        let result = provision::resume(&job.platform, &Actor::system(), &claim.tenant_id, &tell).await;
        let is_crowded = || failed.lock().is_ok_and(|failed| failed.as_ref().is_some_and(Failure::is_crowded));
        if result.is_ok() || !is_crowded() || began.elapsed() > CROWDED || job.platform.shutdown.is_cancelled() {
            break result;
        }
        // The step that found no connection is done again.
        if let Ok(mut failed) = failed.lock() {
            *failed = None;
        }
        tokio::time::sleep(Duration::from_millis(200 + rand::random_range(0..300))).await;
    };
    let failure = match result {
        Ok(_) => None,
        Err(error) => Some(failed.lock().ok().and_then(|mut f| f.take()).unwrap_or_else(|| from_error(&error))),
    };
    // Provisioning keeps the tenant's cache itself.
    let mut finished = ended(job, claim.clone(), began, Try { failure, ..Try::default() }, None);
    finished.ending.applied = applied.into_inner();
    if finished.ending.status == TaskStatus::Succeeded {
        finished.ending.reason = Some(MIGRATED.to_owned());
    }
    Ok(finished)
}

/// The platform's error in the form of a database's, so that a task shows both alike.
fn from_error(error: &Error) -> Failure {
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
pub(super) fn add_failure(body: &mut serde_json::Value, failure: &Failure) {
    let (Some(body), Ok(serde_json::Value::Object(fields))) = (body.as_object_mut(), serde_json::to_value(failure))
    else {
        return;
    };
    body.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
}
