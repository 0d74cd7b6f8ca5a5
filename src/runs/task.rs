//! One task on one tenant: connect, lock, read, compare, apply or revert, unlock, close. It writes nothing central; what
//! happened goes to the worker, which writes it.

mod backup;
mod ending;
mod patience;
mod plain;
mod provisioning;
mod session;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

pub(super) use ending::Finished;
use ending::{Try, ended, from_error, is_half_done, look_at, skipped, stopped, unreached, with_way_out};
use patience::{Patience, until_central_is_back};

use super::store::NewEvent;
use super::store::tasks::Claim;
use super::{EventKind, Goal, Kind, Policy};
use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Category, Failure, Proof, Target};
use crate::error::{Error, Result};
use crate::migrations::Set;
use crate::migrations::apply::{self, Checkpoint, Outcome};
use crate::servers::{self, Server};
use crate::tenants::{self, Look, State, Tenant};

/// What all tasks of a run share.
pub(super) struct Job {
    pub platform: Platform,
    /// In whose name it is done.
    pub asked: Actor,
    pub number: i64,
    pub kind: Kind,
    pub goal: Goal,
    pub to_version: Option<i64>,
    pub policy: Policy,
    pub set: Arc<Set>,
    /// Cancelled when the statements in flight are to be cancelled.
    pub stop: CancellationToken,
    /// What the servers have shown in this run.
    pub proofs: Proofs,
    /// Set by a task that found its server with no connection left.
    pub crowded: AtomicBool,
}

/// What each server has shown, asked of it once.
#[derive(Default)]
pub(super) struct Proofs(Mutex<HashMap<String, Arc<Proof>>>);

impl Proofs {
    /// Of a server where something takes the lock.
    fn on(&self, platform: &Platform, server: &Server) -> Arc<Proof> {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.entry(server.id.clone()).or_insert_with(|| Arc::new(servers::proof(platform, server))).clone()
    }

    /// Of one where nothing does: at which node of a cluster it is done is all the same.
    fn anywhere_on(&self, server: &Server) -> Arc<Proof> {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.entry(server.id.clone()).or_default().clone()
    }
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
    fn of(claim: &Claim, kind: EventKind, body: serde_json::Value) -> Self {
        Self { task_id: claim.id.clone(), epoch: claim.epoch, event: (kind, body) }
    }
}

pub(super) async fn execute(job: &Job, claim: Claim, events: &Events) -> Finished {
    let began = Instant::now();
    let outcome = loop {
        let outcome = attempt(job, &claim, events, began).await;
        match outcome.as_ref().err().and_then(|error| until_central_is_back(job, error)) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => break outcome,
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

/// A task whose code panicked: failed, with the log as the place to look.
pub(super) fn panicked(job: &Job, claim: Claim) -> Finished {
    let failure = from_error(&Error::internal("a task panicked"));
    ended(job, claim, Instant::now(), Try { failure: Some(failure), ..Try::default() }, None)
}

async fn attempt(job: &Job, claim: &Claim, events: &Events, began: Instant) -> Result<Finished> {
    match job.kind {
        Kind::Migrate | Kind::Rollback | Kind::Verify => {}
        Kind::Provision => return provisioning::attempt(job, claim, events, began).await,
        Kind::Rotate => return plain::attempt(job, claim, began).await,
        Kind::Backup => return backup::attempt(job, claim, began).await,
    }
    let mut conn = job.platform.central.read().await?;
    let tenant = tenants::by_id(&mut conn, &claim.tenant_id).await?;
    if tenant.status != tenants::Status::Active {
        return Ok(skipped(claim.clone(), began, tenant.status.as_str()));
    }
    let server = servers::get(&mut conn, &tenant.server_id).await?;
    drop(conn);
    let goal = goal_of(job, claim)?;
    let target = match target(job, &tenant, &server) {
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
    // At the first try nothing of this task's own can have gone unheard.
    let own = (claim.attempt <= 1 && claim.versions == "[]").then_some(claim.id.as_str());
    let mut options = apply::Options {
        lock_deadline: Duration::from_millis(job.policy.lock_deadline_ms),
        known: tenant.version,
        gone: super::gone(&job.platform, &tenant, own).await?,
        proof: match job.kind {
            Kind::Verify => job.proofs.anywhere_on(&server),
            _ => job.proofs.on(&job.platform, &server),
        },
        stop: job.stop.clone(),
    };

    let mut done = Vec::new();
    let mut from = None;
    let mut patience = Patience::since(began);
    // Mended by hand meanwhile?
    let is_strange = tenant.state == State::Drifted;
    // Of the last try that got as far as a file.
    let mut at_file = None;
    let (mut outcome, schema) = loop {
        let (mut outcome, schema) = session::once(job, claim, &target, &goal, &options, events, is_strange).await;
        from = from.or(outcome.from);
        done.extend(&outcome.done);
        // A session that ended in the middle of a file could not say what it left: this one has met it.
        if outcome.failure.as_ref().is_some_and(|failure| failure.category == Category::Dirty) {
            outcome.failure = at_file.take().or(outcome.failure);
        }
        match patience.after(job, tenant.engine, &outcome) {
            Some(pause) => {
                at_file = outcome.failure.filter(|failure| failure.migration.is_some()).or(at_file);
                // What this try has taken back may have gone through unheard.
                if let apply::Goal::Down { versions } = &goal {
                    options.gone.extend(versions);
                }
                tokio::time::sleep(pause).await;
            }
            None => break (outcome, schema),
        }
    };
    let was_stopped = job.stop.is_cancelled() && outcome.failure.is_some() && !is_half_done(&outcome);
    if was_stopped {
        outcome.failure = None;
    }
    if let Some(failure) = outcome.failure.take() {
        outcome.failure = Some(tenants::signed_out(&job.platform, &tenant, failure).await);
    }
    if let Some(failure) = &mut outcome.failure {
        failure.log_whole(&tenant.slug, target.secret());
    }
    let checkpoint = Checkpoint::of(&job.set, tenant.engine, &outcome, job.kind == Kind::Rollback);
    let look = Look { schema, checkpoint, ..look_at(job, &tenant, &outcome) };
    let outcome = with_way_out(outcome, &tenant);
    let tried = Try { from, done, outcome: Some(outcome), failure: None, engine: Some(tenant.engine) };
    let finished = ended(job, claim.clone(), began, tried, Some(look));
    Ok(if was_stopped { stopped(finished) } else { finished })
}

fn target(job: &Job, tenant: &Tenant, server: &Server) -> Result<Target> {
    let mut target = tenants::target(&job.platform, tenant, server)?;
    target.application_name = format!("neo:{}:{}", job.number, tenant.slug);
    target.connect_timeout = Duration::from_millis(job.policy.connect_timeout_ms);
    target.lock_timeout = Duration::from_millis(job.policy.lock_timeout_ms);
    Ok(target)
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
