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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::room;
use super::store::tasks::Claim;
use super::store::{self, ManifestFile, NewEvent};
use super::task::{self, Events, Finished, Job, Told};
use super::workers::{self, Card, Worker};
use super::{Amount, Kind, OnError, Run, Status, TaskStatus, plan, waves};
use crate::Platform;
use crate::bell::Ears;
use crate::central::Conn;
use crate::error::Result;
use crate::migrations::Set;
use crate::tenants;

/// How long events may wait for company before they are written.
const GATHER: Duration = Duration::from_millis(20);
/// How long an end may wait for others, while at least half of the tasks still run.
const TOGETHER: Duration = Duration::from_millis(10);
/// How often an idle worker looks where other processes cannot be heard.
const LOOK: Duration = Duration::from_millis(250);
/// What other workers do to the same run is looked at no more often than this.
const APART: Duration = Duration::from_millis(50);
/// How long room beyond a worker's share is left to the others before it takes that too.
const SHARE: Duration = Duration::from_millis(250);
/// How long a process that is to stop tries to write what its tasks came to.
const FAREWELL: Duration = Duration::from_secs(15);

/// Works a run until it is over, paused, or this process is to stop.
pub(super) async fn work(platform: &Platform, worker: &Worker, run: &Run) -> Result<()> {
    let Some(job) = prepare(platform, run).await? else { return Ok(()) };
    let capacity = room::capacity(platform, run).await?;
    let (sender, events) = unbounded_channel();
    let shift = Shift {
        platform: platform.clone(),
        card: worker.card.clone(),
        hands: worker.hands.clone(),
        run: run.clone(),
        job: Arc::new(job),
        capacity,
        sender,
        events,
        running: JoinSet::new(),
        finished: Vec::new(),
        told: Vec::new(),
        in_doubt: None,
        failing: None,
        spare_since: None,
        ears: platform.bell.ears(),
        looked: tokio::time::Instant::now(),
        took_back: None,
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
        stop: platform.interrupt.child_token(),
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
    card: Card,
    hands: Arc<Semaphore>,
    run: Run,
    job: Arc<Job>,
    capacity: HashMap<String, i64>,
    sender: Events,
    events: UnboundedReceiver<Told>,
    running: JoinSet<Finished>,
    /// Ends and events that are not written yet; kept until the transaction that holds them has committed.
    finished: Vec<Finished>,
    told: Vec<Told>,
    /// A commit that was not answered.
    in_doubt: Option<Doubt>,
    /// Since when rounds fail.
    failing: Option<tokio::time::Instant>,
    /// Since when the others leave room that is more than this worker's share.
    spare_since: Option<tokio::time::Instant>,
    ears: Ears,
    looked: tokio::time::Instant,
    took_back: Option<tokio::time::Instant>,
}

/// A transaction that may or may not have been committed, and what it claimed. Until it is known, nothing is written again.
struct Doubt {
    transaction: String,
    claims: Vec<(Claim, OwnedSemaphorePermit)>,
}

/// What a round found.
enum Round {
    /// Something has changed that the next round is to see.
    Again,
    Working,
    /// Nothing to claim, and somebody else's tasks are still running.
    Waiting,
    Over,
}

impl Shift {
    async fn work(mut self) -> Result<()> {
        loop {
            // Others have taken connections since they were counted.
            if self.job.crowded.swap(false, Ordering::Relaxed)
                && let Ok(capacity) = room::capacity(&self.platform, &self.run).await
            {
                self.capacity = capacity;
            }
            let turned = self.turn().await;
            if turned.is_ok() {
                self.failing = None;
            }
            match turned {
                Ok(Round::Over) => return Ok(()),
                Ok(Round::Again) => {}
                Ok(Round::Working) => self.wait().await,
                Ok(Round::Waiting) if self.platform.shutdown.is_cancelled() => return self.hand_over().await,
                Ok(Round::Waiting) => self.wait().await,
                Err(error) if self.gives_up() => return Err(error),
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

    /// A process that is to stop does not wait forever for the central database: what it could not write is read from the
    /// tenants' ledgers by the next.
    fn gives_up(&mut self) -> bool {
        let since = *self.failing.get_or_insert_with(tokio::time::Instant::now);
        self.platform.shutdown.is_cancelled() && self.running.is_empty() && since.elapsed() > FAREWELL
    }

    async fn turn(&mut self) -> Result<Round> {
        self.settle_doubt().await?;
        if self.took_back.is_none_or(|at| at.elapsed() > workers::HEARTBEAT) {
            workers::take_back(&self.platform).await?;
            self.took_back = Some(tokio::time::Instant::now());
        }
        self.round().await
    }

    /// The connection broke while a round was being committed: what it wrote is written, or it is not.
    async fn settle_doubt(&mut self) -> Result<()> {
        let Some(doubt) = &self.in_doubt else { return Ok(()) };
        let mut conn = self.platform.central.read().await?;
        let Some(is_committed) = store::committed(&mut conn, &doubt.transaction).await? else {
            return Err(crate::Error::unavailable("the central database has not decided on the last commit yet"));
        };
        if let Some(doubt) = self.in_doubt.take().filter(|_| is_committed) {
            self.committed(doubt.claims);
            self.platform.bell.notify_waiters();
        }
        Ok(())
    }

    /// What was to be written is, and what was claimed is in these hands.
    fn committed(&mut self, claims: Vec<(Claim, OwnedSemaphorePermit)>) {
        self.finished.clear();
        self.told.clear();
        for (claim, permit) in claims {
            let (job, sender) = (self.job.clone(), self.sender.clone());
            self.running.spawn(async move {
                let _permit = permit;
                // A panic is a defect of ours, and no reason to lose sight of the tenant.
                match AssertUnwindSafe(task::execute(&job, claim.clone(), &sender)).catch_unwind().await {
                    Ok(finished) => finished,
                    Err(_) => task::panicked(&job, claim),
                }
            });
        }
    }

    /// Waits for a reason to look again: a task ended, events gathered, a bell, or time.
    async fn wait(&mut self) {
        let mut deadline = tokio::time::Instant::now() + self.platform.bell.patience(LOOK);
        if let Some(since) = self.spare_since {
            deadline = deadline.min(since + SHARE);
        }
        let mut rang = false;
        let stopping = self.platform.shutdown.is_cancelled();
        loop {
            tokio::select! {
                Some(ended) = self.running.join_next() => {
                    self.finished.extend(ended);
                    while let Some(ended) = self.running.try_join_next() {
                        self.finished.extend(ended);
                    }
                    // One round for several ends costs the central database as much as one for each.
                    if self.finished.len() >= self.running.len() {
                        return;
                    }
                    deadline = deadline.min(tokio::time::Instant::now() + TOGETHER);
                }
                Some(event) = self.events.recv() => {
                    self.told.push(event);
                    deadline = deadline.min(tokio::time::Instant::now() + GATHER);
                }
                () = self.ears.ring(), if !rang => {
                    rang = true;
                    deadline = deadline.min(self.looked + APART);
                }
                () = self.platform.shutdown.cancelled(), if !stopping => return,
                () = tokio::time::sleep_until(deadline) => return,
            }
        }
    }

    async fn round(&mut self) -> Result<Round> {
        while let Ok(event) = self.events.try_recv() {
            self.told.push(event);
        }
        self.ears.note();
        self.looked = tokio::time::Instant::now();
        let mut tx = self.platform.central.write().await?;
        let transaction = store::hold(&mut tx, &self.run.id).await?;
        let hands = self.free_hands(&mut tx).await?;
        // Of a task that was taken over its new holder tells.
        let ours = match self.told.is_empty() {
            true => Vec::new(),
            false => store::tasks::in_hands(&mut tx, &self.run.id, &self.card.id).await?,
        };
        let mut events: Vec<NewEvent> = self
            .told
            .iter()
            .filter(|told| ours.iter().any(|(id, epoch)| *id == told.task_id && *epoch == told.epoch))
            .map(|told| told.event.clone())
            .collect();
        for finished in &self.finished {
            if store::tasks::finish(&mut tx, &finished.claim, &finished.ending).await? {
                let mut told = finished.events.clone();
                if let Some(until) = self.count(&mut tx, finished).await? {
                    let until = crate::clock::rfc3339(until);
                    told.iter_mut().for_each(|(_, body)| body["quarantined_until"] = json!(until));
                }
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
            store::append(&mut tx, &self.run.id, &std::mem::take(&mut events)).await?;
            events.extend(self.begin(&mut tx).await?);
            pulse.status = Status::Running;
        }
        if pulse.interrupt {
            self.job.stop.cancel();
        }
        if pulse.wanted.is_none()
            && let Some(why) = self.breach(&mut tx).await?
        {
            store::set_wanted(&mut tx, &self.run.id, Some(Status::Halted), Some(&why)).await?;
            pulse.wanted = Some(Status::Halted);
        }
        let mut claims = Vec::new();
        if pulse.status == Status::Running && pulse.wanted.is_none() && !hands.is_empty() {
            claims = self.claim(&mut tx, hands).await?;
            events.extend(
                claims.iter().filter(|(claim, _)| !claim.is_reconciliation()).map(|(claim, _)| {
                    ("tenant.started", json!({"tenant": claim.tenant_slug, "attempt": claim.attempt}))
                }),
            );
        }
        store::append(&mut tx, &self.run.id, &events).await?;
        let mut over = pulse.status.is_over() || pulse.status == Status::Paused;
        let mut again = false;
        if !over && claims.is_empty() && self.running.is_empty() {
            match end_if_drained(&mut tx, &self.run, pulse.wanted).await? {
                Drained::Not => {}
                Drained::NextWave => again = true,
                Drained::Over => over = true,
            }
        }
        if let Err(error) = tx.commit().await {
            self.in_doubt = transaction.map(|transaction| Doubt { transaction, claims });
            return Err(error.into());
        }
        let claimed = !claims.is_empty();
        self.committed(claims);
        if !events.is_empty() || over || again {
            self.platform.bell.notify_waiters();
            self.ears.ignore_own();
        }
        if again {
            return Ok(Round::Again);
        }
        Ok(match (over && self.running.is_empty(), claimed || !self.running.is_empty()) {
            (true, _) => Round::Over,
            (_, true) => Round::Working,
            _ => Round::Waiting,
        })
    }

    /// What a run does as it begins: its first wave opens; of one that was planned earlier, the tenants that are in somebody
    /// else's hands by now are skipped.
    async fn begin(&self, tx: &mut Conn) -> Result<Vec<NewEvent>> {
        let mut events = Vec::new();
        if self.run.not_before.is_some() {
            // Orders this with whoever is starting a run.
            crate::central::hold(tx, "run").await?;
            for (tenant, other) in store::tasks::skip_busy(tx, &self.run.id).await? {
                events.push(("tenant.skipped", json!({"tenant": tenant, "reason": format!("run {other} was at it")})));
            }
        }
        store::waves::begin(tx, &self.run.id, 1).await?;
        waves::told(tx, &self.run, 1).await?;
        Ok(events)
    }

    /// The hands that are free, when there is something to claim. Claims over all runs are made one after the other, so that
    /// no two workers see the same room; and who claims is there to be seen.
    async fn free_hands(&self, tx: &mut Conn) -> Result<Vec<OwnedSemaphorePermit>> {
        let most = self.run.policy.concurrency.max(1) as usize;
        let permits: Vec<_> = (0..most).map_while(|_| self.hands.clone().try_acquire_owned().ok()).collect();
        if permits.is_empty()
            || self.platform.shutdown.is_cancelled()
            || !store::tasks::anything_to_claim(tx, &self.run.id).await?
        {
            return Ok(Vec::new());
        }
        store::tasks::claim_in_turn(tx).await?;
        self.card.show(tx).await?;
        Ok(permits)
    }

    /// What each worker may have of this run at once.
    async fn share(&self, tx: &mut Conn) -> Result<i64> {
        let workers = workers::count_at(tx, &self.run.id).await?.max(1);
        let concurrency = i64::from(self.run.policy.concurrency.max(1));
        Ok((concurrency + workers - 1) / workers)
    }

    /// As many tasks as there is room for: in this run, on each server over all runs, and in this worker's hands.
    async fn claim(
        &mut self,
        tx: &mut Conn,
        mut permits: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<(Claim, OwnedSemaphorePermit)>> {
        let mut claims = Vec::new();
        let own = store::tasks::in_hands(tx, &self.run.id, &self.card.id).await?.len() as i64;
        let share = self.share(tx).await? - own;
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
            room = room.min(permits.len() as i64);
            let mut full = Vec::new();
            for (server, capacity) in &self.capacity {
                match capacity - on_server.get(server).copied().unwrap_or(0) {
                    free if free <= 0 => full.push(server.clone()),
                    free => room = room.min(free),
                }
            }
            // The whole room goes to whoever is first, every time: each takes its share, and more only if it is left over.
            let left = share - claims.len() as i64;
            if room <= left {
                self.spare_since = None;
            } else if self.spare_since.get_or_insert(self.looked).elapsed() < SHARE {
                room = left;
            }
            if room <= 0 || full.len() == self.capacity.len() {
                return Ok(claims);
            }
            let taken =
                store::tasks::claim(tx, self.platform.central.engine, &self.run.id, &self.card.id, &full, room).await?;
            let last = (taken.len() as i64) < room;
            let hands = permits.drain(..taken.len()).collect::<Vec<_>>();
            claims.extend(taken.into_iter().zip(hands));
            if last {
                return Ok(claims);
            }
        }
    }

    /// Counts a failure that is the tenant's own, once a run on the fleet; answers until when the tenant is left out of further
    /// runs, if it is from here on.
    async fn count(&self, tx: &mut Conn, finished: &Finished) -> Result<Option<i64>> {
        let (claim, run) = (&finished.claim, &self.run);
        let is_first = run.kind == Kind::Migrate && run.selection.keys.is_empty() && claim.attempt == 1;
        match &finished.ending.failure {
            Some(failure) if is_first && !claim.is_reconciliation() && failure.category.is_own() => {
                let after = self.platform.config.quarantine_after;
                tenants::count_failure(tx, &claim.tenant_id, after, &run.actor, &failure.message).await
            }
            _ => Ok(None),
        }
    }

    /// Why the run must halt by itself: it stops at a failure, or has more than its budget allows.
    async fn breach(&self, tx: &mut Conn) -> Result<Option<String>> {
        let Some(first) = self.finished.iter().find(|f| f.ending.status == TaskStatus::Failed) else { return Ok(None) };
        if self.run.policy.on_error == OnError::Stop {
            return Ok(Some(format!("stopped at the failure of {}", first.claim.tenant_slug)));
        }
        if let Some(most) = self.run.policy.max_same
            && let Some((cause, n)) = store::tasks::most_alike(tx, &self.run.id).await?
            && n > i64::from(most)
        {
            return Ok(Some(format!("{n} failures of one cause ({cause}) are more than the {most} allowed")));
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
        if !workers::anyone_at(&mut tx, &self.run.id, &self.card.id).await? {
            enter(&mut tx, &self.run, Status::Paused, Some("the process that worked on it was stopped")).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// What is left of a run when nothing more can be claimed.
#[derive(PartialEq, Eq)]
pub(super) enum Drained {
    Not,
    NextWave,
    /// It has ended, or stopped; by this call or another's.
    Over,
}

/// Ends the run, enters the wanted status, or opens the next wave, if no task of it runs any more.
pub(super) async fn end_if_drained(tx: &mut Conn, run: &Run, wanted: Option<Status>) -> Result<Drained> {
    let (counts, _) = store::tasks::counts(tx, &run.id).await?;
    if counts.running > 0 {
        return Ok(Drained::Not);
    }
    if let Some(wanted) = wanted {
        enter(tx, run, wanted, None).await?;
        return Ok(Drained::Over);
    }
    if store::tasks::to_reconcile(tx, &run.id).await? > 0 {
        return Ok(Drained::Not);
    }
    if counts.queued > 0 {
        return Ok(match waves::turn(tx, run).await? {
            waves::Turn::Claim => Drained::Not,
            waves::Turn::Opened => Drained::NextWave,
            waves::Turn::Stopped => Drained::Over,
        });
    }
    // Who is a stranger is known for sure once all have been seen.
    if tenants::settle(tx, &run.id).await? {
        store::tasks::mark_drifted(tx, &run.id).await?;
    }
    let status = match () {
        () if counts.failed + counts.unknown > 0 => Status::Failed,
        // Statements that were cancelled with the process that was at them.
        () if counts.cancelled > 0 => Status::Cancelled,
        () => Status::Succeeded,
    };
    enter(tx, run, status, None).await?;
    Ok(Drained::Over)
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
    if status.is_over() {
        store::waves::finish(tx, &run.id).await?;
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
