//! What is tried again by itself, how often, and after which pause: all that a task retries is decided here.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Job;
use super::ending::{is_half_done, is_outside_transaction};
use crate::engine::{Engine, Failure};
use crate::error::{Error, Kind as ErrorKind};
use crate::migrations::apply::Outcome;
use crate::runs::Kind;

/// Tries in all, for failures that may pass by themselves.
const TRIES: u32 = 3;

/// How long a task goes on asking a server that has no connection left.
const CROWDED: Duration = Duration::from_secs(60);

/// Between two looks at whether the central database is back.
const AWAY: Duration = Duration::from_millis(500);

/// One task's.
pub(super) struct Patience {
    began: Instant,
    tried: u32,
}

impl Patience {
    pub fn since(began: Instant) -> Self {
        Self { began, tried: 0 }
    }

    /// How long to wait until a tenant is tried once more; `None` when its failure stands. What is half done is never tried
    /// again: a second try would meet what the first has left, and tell that instead of the cause.
    pub fn after(&mut self, job: &Job, engine: Engine, outcome: &Outcome) -> Option<Duration> {
        let failure = outcome.failure.as_ref()?;
        if is_half_done(outcome) || is_outside_transaction(job, engine, failure) {
            return None;
        }
        self.once_more(job, failure)
    }

    /// The same for what leaves nothing half done.
    pub fn once_more(&mut self, job: &Job, failure: &Failure) -> Option<Duration> {
        if let Some(pause) = self.for_room(job, failure) {
            return Some(pause);
        }
        self.tried += 1;
        let is_over = job.platform.shutdown.is_cancelled() || job.stop.is_cancelled() || self.tried >= TRIES;
        (failure.may_pass() && !is_over).then(|| jittered(200 * u64::from(self.tried)))
    }

    /// The same for a server with no connection left alone: nothing was begun, and it costs the server nothing to be asked
    /// again.
    pub fn for_room(&self, job: &Job, failure: &Failure) -> Option<Duration> {
        let may_wait = self.began.elapsed() < CROWDED && !job.platform.shutdown.is_cancelled();
        (failure.is_crowded() && may_wait).then(|| {
            job.crowded.store(true, Ordering::Relaxed);
            jittered(200)
        })
    }
}

/// How long to wait when the central database is away and nothing was begun on the tenant: it is no tenant's failure. A
/// provisioning has begun something, and says itself where it stopped.
pub(super) fn until_central_is_back(job: &Job, error: &Error) -> Option<Duration> {
    let may_wait = job.kind != Kind::Provision && !job.platform.shutdown.is_cancelled() && !job.stop.is_cancelled();
    (error.kind == ErrorKind::Unavailable && may_wait).then_some(AWAY)
}

/// So that a fleet does not come back all at once.
fn jittered(ms: u64) -> Duration {
    Duration::from_millis(ms + rand::random_range(0..300))
}
