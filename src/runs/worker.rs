//! Claims tasks of a run, lets them run side by side, and writes what happened.

mod ahead;
mod claims;
mod dead;
mod ending;
mod hands;
mod round;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tracing::Instrument;

use self::ahead::{Ahead, PERIOD};
pub(super) use self::ending::end_if_drained;
use super::ending::enter;
use super::room;
use super::store::tasks::Claim;
use super::store::{self, ManifestFile};
use super::task::{Events, Finished, Job, Proofs, Told};
use super::workers::{self, Card, Worker};
use super::{Kind, Run, Status, manifest};
use crate::bell::Ears;
use crate::central::Conn;
use crate::error::Result;
use crate::migrations::Set;
use crate::{Platform, metrics, traces};

/// How long events may wait for company before they are written: what ends meanwhile takes them along.
const GATHER: Duration = Duration::from_millis(60);
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
    let under = match traces::are_collected() {
        true => store::trace(&mut *platform.central.read().await?, &run.id).await?,
        false => None,
    };
    let span = traces::run(run, under.as_deref());
    let (sender, events) = unbounded_channel();
    let (ended, ends) = unbounded_channel();
    let shift = Shift {
        platform: platform.clone(),
        card: worker.card.clone(),
        hands: worker.hands.clone(),
        run: run.clone(),
        job: Arc::new(job),
        capacity,
        sender,
        events,
        ended,
        ends,
        running: JoinSet::new(),
        ahead: Arc::default(),
        returned: Vec::new(),
        reach: 0,
        finished: Vec::new(),
        told: Vec::new(),
        in_doubt: None,
        failing: None,
        spare_since: None,
        left_until: None,
        in_want: None,
        ears: platform.bell.ears(),
        looked: tokio::time::Instant::now(),
        took_back: None,
        windows_told: None,
    };
    shift.work().instrument(span).await
}

/// Reads the files and holds them against the run's manifest: a run applies what was planned or nothing.
async fn prepare(platform: &Platform, run: &Run) -> Result<Option<Job>> {
    let manifest = store::manifest(&mut *platform.central.read().await?, &run.id).await?;
    let set = Set::load(&platform.config.tenant_migrations).await;
    let why = match (&set, run.kind) {
        // Provisioning brings a tenant to the newest version there is; the others need none.
        (_, Kind::Provision | Kind::Rotate | Kind::Backup) => None,
        (Err(error), _) => Some(error.to_string()),
        (Ok(set), Kind::Migrate) => changed(&manifest, &manifest::manifest(set, run.kind, run.to_version)),
        // What has come since is no business of theirs.
        (Ok(set), Kind::Rollback | Kind::Verify) => {
            let now = manifest::manifest(set, run.kind, None);
            let is_there = |file: &&ManifestFile| now.iter().any(|now| manifest::is_same(file, now));
            changed(&manifest, &manifest.iter().filter(is_there).cloned().collect::<Vec<_>>())
        }
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
        Err(_) => Set::none(&platform.config.tenant_migrations),
    };
    let asked = store::asked(&mut *platform.central.read().await?, &run.id).await?;
    Ok(Some(Job {
        platform: platform.clone(),
        asked,
        number: run.number,
        kind: run.kind,
        goal: run.goal.clone(),
        to_version: run.to_version,
        policy: run.policy.clone(),
        set: Arc::new(set),
        stop: platform.interrupt.child_token(),
        proofs: Proofs::default(),
        crowded: false.into(),
    }))
}

fn changed(planned: &[ManifestFile], now: &[ManifestFile]) -> Option<String> {
    if let Some(other) = planned.iter().find(|file| !now.contains(file)) {
        return Some(format!("the file of {} is not what it was when the run was planned", other.name));
    }
    let new = now.iter().find(|file| !planned.contains(file))?;
    Some(format!("the file of {} was not there when the run was planned", new.name))
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
    /// The ends of tasks whose hands have taken another.
    ended: UnboundedSender<Finished>,
    ends: UnboundedReceiver<Finished>,
    /// The hands at work.
    running: JoinSet<Finished>,
    /// What they take next by themselves, how many of these there are to be, and what is being sent back into the queue.
    ahead: Arc<Ahead>,
    reach: i64,
    returned: Vec<Claim>,
    /// Ends and events that are not written yet; kept until the transaction that holds them has committed.
    finished: Vec<Finished>,
    told: Vec<Told>,
    /// A commit that was not answered.
    in_doubt: Option<Doubt>,
    /// Since when rounds fail.
    failing: Option<tokio::time::Instant>,
    /// Since when the others leave room that is more than this worker's share.
    spare_since: Option<tokio::time::Instant>,
    /// When room that the last round left to others is looked at again.
    left_until: Option<tokio::time::Instant>,
    /// When this worker last left word that it is in want of room.
    in_want: Option<tokio::time::Instant>,
    ears: Ears,
    looked: tokio::time::Instant,
    took_back: Option<tokio::time::Instant>,
    /// Which windows the run's story tells of, as far as this worker knows.
    windows_told: Option<String>,
}

/// A transaction that may or may not have been committed, and what it claimed. Until it is known, nothing is written again.
struct Doubt {
    transaction: String,
    claims: Vec<(Claim, OwnedSemaphorePermit)>,
    ahead: Vec<Claim>,
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
        let is_there = is_committed && self.is_there(&mut conn, doubt).await?;
        if let Some(doubt) = self.in_doubt.take().filter(|_| is_there) {
            self.committed(doubt.claims, doubt.ahead);
            self.platform.bell.notify_waiters();
        }
        Ok(())
    }

    /// Whether what such a transaction wrote is to be seen: what it claimed is in these hands; where it claimed nothing, what had ended
    /// is in them no more.
    async fn is_there(&self, conn: &mut Conn, doubt: &Doubt) -> Result<bool> {
        let hands: HashSet<_> = store::tasks::in_hands(conn, &self.run.id, &self.card.id).await?.into_iter().collect();
        let is_in_hands = |claim: &Claim| hands.contains(&(claim.id.clone(), claim.epoch));
        let mut claimed = doubt.claims.iter().map(|(claim, _)| claim).chain(&doubt.ahead).peekable();
        Ok(match claimed.peek() {
            Some(_) => claimed.any(is_in_hands),
            None => !self.finished.iter().any(|finished| is_in_hands(&finished.claim)),
        })
    }

    /// What was to be written is, and what was claimed is in these hands.
    fn committed(&mut self, claims: Vec<(Claim, OwnedSemaphorePermit)>, ahead: Vec<Claim>) {
        for finished in std::mem::take(&mut self.finished) {
            self.tell(&finished);
        }
        self.told.clear();
        for (claim, permit) in claims {
            self.begin_one(claim, permit);
        }
        self.reach_for(ahead);
    }

    /// No task is in these hands, or about to be.
    fn is_idle(&self) -> bool {
        self.running.is_empty() && self.ahead.is_empty()
    }

    /// What has ended and what was told until now: ends first, since what is told of a task is told before its end.
    fn gather(&mut self) {
        while let Ok(ended) = self.ends.try_recv() {
            self.finished.push(ended);
        }
        while let Ok(event) = self.events.try_recv() {
            self.told.push(event);
        }
    }

    /// To the log and to the measures: without the tenant's own words, which may be anything.
    fn tell(&self, Finished { claim, ending, .. }: &Finished) {
        let failure = ending.failure.as_ref();
        let took = Duration::from_millis(ending.ms.max(0).cast_unsigned());
        metrics::task_ended(self.run.kind, ending.status, failure.map(|failure| failure.category), took);
        if let Some(failure) = failure {
            tracing::warn!(
                run = self.run.number,
                tenant = claim.tenant_slug,
                person = self.run.actor,
                category = failure.category.as_str(),
                code = failure.code,
                migration = failure.migration,
                cause = failure.fingerprint,
                attempt = claim.attempt,
                ms = ending.ms,
                "a tenant failed"
            );
        }
    }

    /// Waits for a reason to look again: a task ended, events gathered, a bell, or time.
    async fn wait(&mut self) {
        let mut deadline = tokio::time::Instant::now() + self.platform.bell.patience(LOOK);
        if let Some(until) = self.left_until {
            deadline = deadline.min(until);
        }
        let mut rang = false;
        let stopping = self.platform.shutdown.is_cancelled();
        loop {
            // While there is something to take, a round is for many.
            let (gather, together) = if self.ahead.runs_out() { (GATHER, TOGETHER) } else { (PERIOD, PERIOD) };
            tokio::select! {
                Some(ended) = self.running.join_next() => {
                    self.finished.extend(ended);
                    while let Some(ended) = self.running.try_join_next() {
                        self.finished.extend(ended);
                    }
                    // One round for several ends costs the central database as much as one for each.
                    if self.finished.len() >= self.running.len() && self.ahead.runs_out() {
                        return;
                    }
                    deadline = deadline.min(tokio::time::Instant::now() + together);
                }
                Some(ended) = self.ends.recv() => {
                    self.finished.push(ended);
                    if self.ahead.runs_out() {
                        return;
                    }
                    deadline = deadline.min(tokio::time::Instant::now() + together);
                }
                Some(event) = self.events.recv() => {
                    self.told.push(event);
                    deadline = deadline.min(tokio::time::Instant::now() + gather);
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
