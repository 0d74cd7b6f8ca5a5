//! Claims tasks of a run, lets them run side by side, and writes what happened: one short transaction per round holds the
//! ends of finished tasks, their events and the next claims.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::room;
use super::store::tasks::Claim;
use super::store::{self, ManifestFile, NewEvent};
use super::task::{self, Events, Finished, Job};
use super::workers::{self, Worker};
use super::{Amount, Kind, OnError, Run, Status, TaskStatus, plan};
use crate::Platform;
use crate::central::Conn;
use crate::error::Result;
use crate::migrations::Set;
use crate::tenants;

/// How long events may wait for company before they are written.
const GATHER: Duration = Duration::from_millis(20);
/// How often an idle worker looks.
const LOOK: Duration = Duration::from_millis(250);

/// Works a run until it is over, paused, or this process is to stop.
pub(super) async fn work(platform: &Platform, worker: &Worker, run: &Run) -> Result<()> {
    let Some(job) = prepare(platform, run).await? else { return Ok(()) };
    let capacity = room::capacity(platform, run).await?;
    let (sender, events) = unbounded_channel();
    let shift = Shift {
        platform: platform.clone(),
        worker_id: worker.id.clone(),
        run: run.clone(),
        job: Arc::new(job),
        capacity,
        sender,
        events,
        running: JoinSet::new(),
        finished: Vec::new(),
        told: Vec::new(),
        took_back: tokio::time::Instant::now(),
    };
    shift.work().await
}

/// Reads the files and holds them against the run's manifest: a run applies what was planned or nothing.
async fn prepare(platform: &Platform, run: &Run) -> Result<Option<Job>> {
    let manifest = store::manifest(&mut *platform.central.read().await?, &run.id).await?;
    let folder = platform.config.tenant_migrations.clone();
    let set = tokio::task::spawn_blocking(move || Set::read(&folder)).await.map_err(crate::Error::internal)?;
    let why = match (&set, run.kind) {
        // Provisioning brings a tenant to the newest version there is.
        (_, Kind::Provision) => None,
        (Err(error), _) => Some(error.to_string()),
        (Ok(set), _) => changed(&manifest, &plan::manifest(set, run.to_version)),
    };
    if let Some(why) = why {
        let mut tx = platform.central.write().await?;
        store::set_wanted(&mut tx, &run.id, Some(Status::Halted), Some(&why)).await?;
        enter(&mut tx, run, Status::Halted, Some(&why)).await?;
        tx.commit().await?;
        platform.bell.notify_waiters();
        return Ok(None);
    }
    let set = match set {
        Ok(set) => set,
        Err(_) => Set { folder: platform.config.tenant_migrations.clone(), migrations: Vec::new() },
    };
    Ok(Some(Job {
        platform: platform.clone(),
        number: run.number,
        kind: run.kind,
        goal: run.goal.clone(),
        to_version: run.to_version,
        policy: run.policy.clone(),
        set: Arc::new(set),
        crowded: false.into(),
    }))
}

fn changed(planned: &[ManifestFile], now: &[ManifestFile]) -> Option<String> {
    let other =
        planned.iter().find(|file| !now.contains(file)).or_else(|| now.iter().find(|file| !planned.contains(file)))?;
    Some(format!("the file of {} is not what it was when the run was planned", other.name))
}

/// One worker at one run.
struct Shift {
    platform: Platform,
    worker_id: String,
    run: Run,
    job: Arc<Job>,
    capacity: HashMap<String, i64>,
    sender: Events,
    events: UnboundedReceiver<NewEvent>,
    running: JoinSet<Finished>,
    /// Ends and events that are not written yet; kept until the transaction that holds them has committed.
    finished: Vec<Finished>,
    told: Vec<NewEvent>,
    took_back: tokio::time::Instant,
}

/// What a round found.
enum Round {
    Working,
    /// Nothing to claim, and somebody else's tasks are still running.
    Waiting,
    Over,
}

impl Shift {
    async fn work(mut self) -> Result<()> {
        workers::take_back(&self.platform).await?;
        loop {
            if self.took_back.elapsed() > workers::HEARTBEAT {
                self.took_back = tokio::time::Instant::now();
                // Away with the central database are the dead workers: looked for again in a moment.
                if let Err(error) = workers::take_back(&self.platform).await {
                    tracing::error!(run = self.run.number, error = error.log_text(), "dead workers cannot be seen");
                }
            }
            // Others have taken connections since they were counted.
            if self.job.crowded.swap(false, Ordering::Relaxed)
                && let Ok(capacity) = room::capacity(&self.platform, &self.run).await
            {
                self.capacity = capacity;
            }
            match self.round().await {
                Ok(Round::Over) => return Ok(()),
                Ok(Round::Working) => self.wait().await,
                Ok(Round::Waiting) if self.platform.shutdown.is_cancelled() => return self.hand_over().await,
                Ok(Round::Waiting) => self.wait().await,
                Err(error) => {
                    // The tasks go on; what they have to say is kept until the central database takes it.
                    tracing::error!(
                        run = self.run.number,
                        error = error.log_text(),
                        "a round of the worker failed; trying again"
                    );
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Waits for a reason to look again: a task ended, events gathered, a bell, or time.
    async fn wait(&mut self) {
        let bell = self.platform.bell.notified();
        tokio::pin!(bell);
        let mut deadline = tokio::time::Instant::now() + LOOK;
        let stopping = self.platform.shutdown.is_cancelled();
        loop {
            tokio::select! {
                Some(ended) = self.running.join_next() => {
                    self.finished.extend(ended);
                    while let Some(ended) = self.running.try_join_next() {
                        self.finished.extend(ended);
                    }
                    return;
                }
                Some(event) = self.events.recv() => {
                    self.told.push(event);
                    deadline = deadline.min(tokio::time::Instant::now() + GATHER);
                }
                () = &mut bell => return,
                () = self.platform.shutdown.cancelled(), if !stopping => return,
                () = tokio::time::sleep_until(deadline) => return,
            }
        }
    }

    async fn round(&mut self) -> Result<Round> {
        while let Ok(event) = self.events.try_recv() {
            self.told.push(event);
        }
        let mut tx = self.platform.central.write().await?;
        let mut events = self.told.clone();
        for finished in &self.finished {
            if store::tasks::finish(&mut tx, &finished.claim, &finished.ending).await? {
                let mut told = finished.events.clone();
                if finished.look.is_none() && finished.ending.status == TaskStatus::Failed {
                    tenants::forget(&mut tx, &finished.claim.tenant_id).await?;
                }
                if let Some(look) = &finished.look
                    && tenants::remember(&mut tx, &finished.claim.tenant_id, look).await?
                {
                    store::tasks::set_drifted(&mut tx, &finished.claim.id).await?;
                    told.iter_mut().for_each(|(_, body)| body["reason"] = json!(super::DRIFTED));
                }
                events.extend(told);
            } else {
                tracing::warn!(
                    run = self.run.number,
                    tenant = finished.claim.tenant_slug,
                    "a task was taken over; its result here is dropped"
                );
            }
        }
        let mut pulse = store::pulse(&mut tx, &self.run.id).await?;
        if pulse.status == Status::Queued
            && store::set_status(&mut tx, &self.run.id, &[Status::Queued], Status::Running).await?
        {
            events.push(("run.started", json!({"kind": self.run.kind})));
            pulse.status = Status::Running;
        }
        if pulse.wanted.is_none()
            && let Some(why) = self.breach(&mut tx).await?
        {
            store::set_wanted(&mut tx, &self.run.id, Some(Status::Halted), Some(&why)).await?;
            pulse.wanted = Some(Status::Halted);
        }
        let mut claims = Vec::new();
        if pulse.status == Status::Running && pulse.wanted.is_none() && !self.platform.shutdown.is_cancelled() {
            claims = self.claim(&mut tx).await?;
            events.extend(
                claims
                    .iter()
                    .filter(|claim| !claim.is_reconciliation())
                    .map(|claim| ("tenant.started", json!({"tenant": claim.tenant_slug, "attempt": claim.attempt}))),
            );
        }
        store::append(&mut tx, &self.run.id, &events).await?;
        let mut over = pulse.status.is_over() || pulse.status == Status::Paused;
        if !over && claims.is_empty() && self.running.is_empty() {
            over = end_if_drained(&mut tx, &self.run, pulse.wanted).await?;
        }
        tx.commit().await?;
        self.finished.clear();
        self.told.clear();
        if !events.is_empty() || over {
            self.platform.bell.notify_waiters();
        }
        let claimed = !claims.is_empty();
        for claim in claims {
            let (job, sender) = (self.job.clone(), self.sender.clone());
            self.running.spawn(async move {
                // A panic is a defect of ours, and no reason to lose sight of the tenant.
                match AssertUnwindSafe(task::execute(&job, claim.clone(), &sender)).catch_unwind().await {
                    Ok(finished) => finished,
                    Err(_) => task::panicked(&job, claim),
                }
            });
        }
        Ok(match (over && self.running.is_empty(), claimed || !self.running.is_empty()) {
            (true, _) => Round::Over,
            (_, true) => Round::Working,
            _ => Round::Waiting,
        })
    }

    /// As many tasks as there is room for: in this run, and on each server over all runs.
    async fn claim(&self, tx: &mut Conn) -> Result<Vec<Claim>> {
        let mut claims = Vec::new();
        loop {
            let mut on_server: HashMap<String, i64> = HashMap::new();
            let mut in_run = 0;
            for (own, server, n) in store::tasks::running_by_server(tx, &self.run.id).await? {
                if own {
                    in_run += n;
                } else {
                    on_server.insert(server, n);
                }
            }
            let mut room = i64::from(self.run.policy.concurrency.max(1)) - in_run;
            let mut full = Vec::new();
            for (server, capacity) in &self.capacity {
                match capacity - on_server.get(server).copied().unwrap_or(0) {
                    free if free <= 0 => full.push(server.clone()),
                    free => room = room.min(free),
                }
            }
            if room <= 0 || full.len() == self.capacity.len() {
                return Ok(claims);
            }
            let taken =
                store::tasks::claim(tx, self.platform.central.engine, &self.run.id, &self.worker_id, &full, room)
                    .await?;
            let last = (taken.len() as i64) < room;
            claims.extend(taken);
            if last {
                return Ok(claims);
            }
        }
    }

    /// Why the run must halt by itself: it stops at a failure, or has more than its budget allows.
    async fn breach(&self, tx: &mut Conn) -> Result<Option<String>> {
        let Some(first) = self.finished.iter().find(|f| f.ending.status == TaskStatus::Failed) else { return Ok(None) };
        if self.run.policy.on_error == OnError::Stop {
            return Ok(Some(format!("stopped at the failure of {}", first.claim.tenant_slug)));
        }
        let Some(budget) = self.run.policy.max_failures else { return Ok(None) };
        let (counts, _) = store::tasks::counts(tx, &self.run.id).await?;
        let over = match budget {
            Amount::Count(n) => counts.failed > i64::from(n),
            Amount::Percent(share) => counts.failed as f64 > share / 100.0 * counts.total as f64,
        };
        Ok(over.then(|| format!("{} failures are more than the {budget} allowed", counts.failed)))
    }

    /// This process stops. What it had is written; a run that nobody else is at is paused, so that its status is true.
    async fn hand_over(self) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        if !workers::anyone_at(&mut tx, &self.run.id, &self.worker_id).await? {
            enter(&mut tx, &self.run, Status::Paused, Some("the process that worked on it was stopped")).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Ends the run, or enters the wanted status, if no task of it runs any more; true when this call or another did.
pub(super) async fn end_if_drained(tx: &mut Conn, run: &Run, wanted: Option<Status>) -> Result<bool> {
    let (counts, _) = store::tasks::counts(tx, &run.id).await?;
    if counts.running > 0 {
        return Ok(false);
    }
    if let Some(wanted) = wanted {
        enter(tx, run, wanted, None).await?;
        return Ok(true);
    }
    if counts.queued > 0 || store::tasks::to_reconcile(tx, &run.id).await? > 0 {
        return Ok(false);
    }
    // Who is a stranger is known for sure once all have been seen.
    if tenants::settle(tx, &run.id).await? {
        store::tasks::mark_drifted(tx, &run.id).await?;
    }
    let status = if counts.failed + counts.unknown > 0 { Status::Failed } else { Status::Succeeded };
    enter(tx, run, status, None).await?;
    Ok(true)
}

/// Enters a status with its event, if the run is live.
pub(super) async fn enter(tx: &mut Conn, run: &Run, status: Status, why: Option<&str>) -> Result<bool> {
    let cancelled = match status {
        Status::Cancelled => store::tasks::cancel_queued(tx, &run.id).await?,
        _ => Vec::new(),
    };
    if !store::set_status(tx, &run.id, &[Status::Queued, Status::Running, Status::Paused], status).await? {
        return Ok(false);
    }
    let Some(now) = store::by_number(tx, run.number).await? else { return Ok(false) };
    let mut events: Vec<NewEvent> =
        cancelled.iter().map(|tenant| ("tenant.cancelled", json!({"tenant": tenant}))).collect();
    let mut body = json!({
        "status": status, "tenants": now.tenants, "migrations_applied": now.migrations_applied, "ms": now.ms,
    });
    if let Some(why) = why.or(now.halt_reason.as_deref()) {
        body["message"] = json!(why);
    }
    events.push((
        match status {
            Status::Paused => "run.paused",
            Status::Halted => "run.halted",
            _ => "run.finished",
        },
        body,
    ));
    store::append(tx, &run.id, &events).await?;
    Ok(true)
}
