//! What grows has an end: of runs that ended long ago the counts, the causes and the failures stay, the rest goes; requests that are over go.
//!
//! `neo serve` and `neo work` look after it once a day ([`keep`]), one process for all: it holds a lease, and whoever is ended leaves the rest
//! to the next. An operator may ask for it at any time ([`prune`]). What is younger than a day stays, whoever asks.

mod store;

use std::time::{Duration, Instant};

pub use neo_model::Pruned;
use serde_json::json;

use crate::actor::{Actor, Permission};
use crate::central::{self, Conn};
use crate::clock::rfc3339;
use crate::config::YOUNGEST;
use crate::error::{Error, Result};
use crate::requests::store as requests;
use crate::runs::prune::{self as runs, Gone};
use crate::{Platform, audit, sessions};

/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// How long a process that says nothing is believed to be at it.
const LEASE: Duration = Duration::from_secs(60);
/// What has been swept rests for a little less than a look, so that of several replicas one does it each time.
const SWEPT: Duration = Duration::from_secs(9 * 60);
const PRUNED: Duration = Duration::from_secs(24 * 60 * 60 - 5 * 60);
/// Others get at least so much between two bites, and as long as the bite took.
const PAUSE: Duration = Duration::from_millis(5);

/// What [`prune`] would take away, at most.
pub async fn prunable(platform: &Platform, actor: &Actor, older_than_ms: i64) -> Result<Pruned> {
    actor.authorise(Permission::PruneRuns)?;
    let mut conn = platform.central.read().await?;
    let before = cutoff(&mut conn, older_than_ms).await?;
    count(&mut conn, before).await
}

/// Takes away what retention takes, of runs that ended and requests that were over so many milliseconds ago. For no longer than
/// `at_most`: what is left then, whoever asks again takes.
pub async fn prune(
    platform: &Platform,
    actor: &Actor,
    older_than_ms: i64,
    at_most: Option<Duration>,
) -> Result<Pruned> {
    actor.authorise(Permission::PruneRuns)?;
    let before = cutoff(&mut *platform.central.read().await?, older_than_ms).await?;
    let until = at_most.map(|at_most| Instant::now() + at_most);
    let pruning = Pruning { platform, actor, before, holder: None, until };
    pruning.all().await
}

async fn cutoff(conn: &mut Conn, older_than_ms: i64) -> Result<i64> {
    if older_than_ms < YOUNGEST {
        return Err(Error::invalid("older-than", "nothing younger than a day is taken away")
            .cause("a run that has just ended is still looked at, and may be tried again"));
    }
    Ok(central::now(conn).await? - older_than_ms)
}

async fn count(conn: &mut Conn, before: i64) -> Result<Pruned> {
    let (runs, tasks, events) = runs::count(conn, before).await?;
    let requests = requests::count_old(conn, before).await?;
    Ok(Pruned { before: rfc3339(before), runs, tasks, events, requests, attempts: None, at: None })
}

/// One time of taking away.
struct Pruning<'a> {
    platform: &'a Platform,
    actor: &'a Actor,
    before: i64,
    /// Who holds the lease, where it is done for all.
    holder: Option<&'a str>,
    /// The rest is left from then on.
    until: Option<Instant>,
}

impl Pruning<'_> {
    async fn all(&self) -> Result<Pruned> {
        let found = count(&mut *self.platform.central.read().await?, self.before).await?;
        if !found.is_nothing() {
            self.record(&found).await?;
        }
        let mut told = Pruned { before: found.before, attempts: Some(0), ..Pruned::default() };
        if self.take_away(&mut told).await? {
            let now = central::now(&mut *self.platform.central.read().await?).await?;
            told.at = Some(rfc3339(now));
        }
        Ok(told)
    }

    /// Takes it away, and says what has gone; false where something is left for whoever goes on.
    async fn take_away(&self, told: &mut Pruned) -> Result<bool> {
        let (platform, before) = (self.platform, self.before);
        while let Some(mut old) = runs::next(&mut *platform.central.read().await?, before).await? {
            while !old.is_done() {
                let began = Instant::now();
                let mut tx = platform.central.write().await?;
                if !self.may_go_on(&mut tx).await? {
                    return Ok(false);
                }
                let Gone { tasks, attempts, events } = old.bite(&mut tx, before).await?;
                tx.commit().await?;
                told.tasks += tasks;
                told.events += events;
                *told.attempts.get_or_insert_default() += attempts;
                tokio::time::sleep(began.elapsed().max(PAUSE)).await;
            }
            told.runs += 1;
        }
        loop {
            let mut tx = platform.central.write().await?;
            if !self.may_go_on(&mut tx).await? {
                return Ok(false);
            }
            let gone = requests::take_old(&mut tx, before).await?;
            tx.commit().await?;
            told.requests += gone;
            if gone == 0 {
                return self.give_back().await;
            }
        }
    }

    /// Before anything goes: whoever ends it half way has left no act without a row.
    async fn record(&self, told: &Pruned) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        let body = json!({ "before": told.before, "runs": told.runs, "requests": told.requests });
        audit::record(self.platform, &mut tx, self.actor, "retention.prune", "runs", &body).await?;
        Ok(tx.commit().await?)
    }

    fn is_over(&self) -> bool {
        self.platform.shutdown.is_cancelled() || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// False where the process ends, its time is up, or somebody else is at it by now.
    async fn may_go_on(&self, tx: &mut Conn) -> Result<bool> {
        if self.is_over() {
            return Ok(false);
        }
        match self.holder {
            Some(holder) => store::renew(tx, RETENTION, holder, LEASE).await,
            None => Ok(true),
        }
    }

    /// Gives free pages back; false where there are more.
    async fn give_back(&self) -> Result<bool> {
        loop {
            let mut tx = self.platform.central.write().await?;
            let given = store::give_back(&mut tx, self.platform.central.engine).await?;
            tx.commit().await?;
            if !given {
                return Ok(true);
            }
            if self.is_over() {
                return Ok(false);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Names of what one process does for all.
const SWEEP: &str = "sweep";
const RETENTION: &str = "retention";

/// Looks after what is old until the platform shuts down: sessions and their like each ten minutes, runs once a day.
pub async fn keep(platform: &Platform) {
    while !platform.shutdown.is_cancelled() {
        if let Err(error) = look(platform).await {
            tracing::warn!(error = error.log_text(), "what is old could not be taken away; trying again later");
        }
        tokio::select! {
            () = platform.shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// One look: does what nobody has done for a while. The answer is what went of runs; none where it was not this process's turn.
pub async fn look(platform: &Platform) -> Result<Option<Pruned>> {
    let holder = crate::id::new();
    if take(platform, SWEEP, &holder).await? {
        let swept = swept(platform).await;
        rest(platform, SWEEP, &holder, SWEPT, None).await?;
        swept?;
    }
    let Some(older_than) = platform.config.retention else { return Ok(None) };
    if !take(platform, RETENTION, &holder).await? {
        return Ok(None);
    }
    let before = central::now(&mut *platform.central.read().await?).await? - older_than;
    let system = Actor::system();
    let pruned = Pruning { platform, actor: &system, before, holder: Some(&holder), until: None }.all().await;
    match &pruned {
        Ok(told) if told.at.is_some() => {
            let kept = serde_json::to_string(told).map_err(Error::internal)?;
            rest(platform, RETENTION, &holder, PRUNED, Some(kept)).await?;
            if !told.is_nothing() {
                let Pruned { before, runs, tasks, events, requests, .. } = told;
                tracing::info!(before, runs, tasks, events, requests, "what was old has been taken away");
            }
        }
        // Not whole: somebody goes on at the next look.
        Ok(_) | Err(_) => rest(platform, RETENTION, &holder, Duration::ZERO, None).await?,
    }
    pruned.map(Some)
}

async fn swept(platform: &Platform) -> Result<()> {
    sessions::sweep(platform).await?;
    loop {
        let mut tx = platform.central.write().await?;
        let is_more = runs::number_tasks(&mut tx).await?;
        tx.commit().await?;
        if !is_more {
            return Ok(());
        }
    }
}

async fn take(platform: &Platform, name: &str, holder: &str) -> Result<bool> {
    let mut tx = platform.central.write().await?;
    let taken = store::take(&mut tx, name, holder, LEASE).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn rest(platform: &Platform, name: &str, holder: &str, pause: Duration, told: Option<String>) -> Result<()> {
    let mut tx = platform.central.write().await?;
    store::rest(&mut tx, name, holder, pause, told).await?;
    Ok(tx.commit().await?)
}

/// How it stands with what is old.
pub(crate) struct Standing {
    /// What went when it was last done for all.
    pub last: Option<Pruned>,
    /// Milliseconds since then.
    pub ago: Option<i64>,
    /// What is old and still there; none where everything stays for good.
    pub waiting: Option<Pruned>,
    /// SQLite: bytes of the file, and how many of them are free.
    pub size: Option<(i64, i64)>,
}

/// How long ago (milliseconds) what was old was last taken away; none where nobody has, or nothing ever is.
pub(crate) async fn done_ago(platform: &Platform) -> Result<Option<i64>> {
    if platform.config.retention.is_none() {
        return Ok(None);
    }
    let done = store::done(&mut *platform.central.read().await?, RETENTION).await?;
    Ok(done.done_at.map(|at| done.now_ms - at))
}

pub(crate) async fn standing(platform: &Platform) -> Result<Standing> {
    let mut conn = platform.central.read().await?;
    let done = store::done(&mut conn, RETENTION).await?;
    let waiting = match platform.config.retention {
        Some(older_than) => Some(count(&mut conn, done.now_ms - older_than).await?),
        None => None,
    };
    Ok(Standing {
        last: done.told.as_deref().and_then(|told| serde_json::from_str(told).ok()),
        ago: done.done_at.map(|at| done.now_ms - at),
        waiting,
        size: store::size(&mut conn, platform.central.engine).await?,
    })
}
