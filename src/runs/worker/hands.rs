//! Hands: each works on one task, and then on the next of those that were claimed ahead.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use tracing::Instrument;

use super::ahead::Ahead;
use super::{Finished, Shift, Told};
use crate::runs::EventKind;
use crate::runs::store::NewEvent;
use crate::runs::store::tasks::Claim;
use crate::runs::task::{self, Events, Job};
use crate::traces;

/// That a task is begun.
pub(super) fn begun(claim: &Claim) -> NewEvent {
    (EventKind::TenantStarted, json!({"tenant": claim.tenant_slug, "attempt": claim.attempt}))
}

/// The same of one that was claimed ahead, to be told with the next round.
fn told(claim: &Claim) -> Told {
    Told { task_id: claim.id.clone(), epoch: claim.epoch, event: begun(claim) }
}

impl Shift {
    /// What was claimed ahead may be taken, by the hands that are free as by those that become so.
    pub(super) fn reach_for(&mut self, ahead: Vec<Claim>) {
        self.returned.clear();
        if !ahead.is_empty() {
            self.ahead.put(ahead);
        }
        while self.running.len() < self.run.policy.concurrency.max(1) as usize
            && let Ok(permit) = self.hands.clone().try_acquire_owned()
            && let Some(claim) = self.ahead.take()
        {
            // The worker hears itself.
            let _ = self.sender.send(told(&claim));
            self.begin_one(claim, permit);
        }
    }

    pub(super) fn begin_one(&mut self, claim: Claim, permit: OwnedSemaphorePermit) {
        let hand = Hand {
            job: self.job.clone(),
            sender: self.sender.clone(),
            ahead: self.ahead.clone(),
            ends: self.ended.clone(),
            _permit: permit,
        };
        // The run's span is the one that its tasks are under.
        self.running.spawn(hand.work(claim).in_current_span());
    }
}

struct Hand {
    job: Arc<Job>,
    sender: Events,
    ahead: Arc<Ahead>,
    /// Where the ends go after which it takes another.
    ends: UnboundedSender<Finished>,
    _permit: OwnedSemaphorePermit,
}

impl Hand {
    /// From this task on until there is no next; answers with the end of the last.
    async fn work(self, mut claim: Claim) -> Finished {
        loop {
            let finished = self.one(claim).await;
            if self.job.stop.is_cancelled() || self.job.platform.shutdown.is_cancelled() {
                self.ahead.shut();
            }
            let Some(next) = self.ahead.next(finished.ending.status) else { return finished };
            // The worker outlives its hands; should it not, nobody is left to be told. That it is begun comes before its end.
            let _ = self.ends.send(finished);
            let _ = self.sender.send(told(&next));
            claim = next;
        }
    }

    async fn one(&self, claim: Claim) -> Finished {
        let span = traces::task(&claim.tenant_slug, claim.attempt);
        let work = async {
            // A panic is a defect of ours, and no reason to lose sight of the tenant.
            let finished =
                match AssertUnwindSafe(task::execute(&self.job, claim.clone(), &self.sender)).catch_unwind().await {
                    Ok(finished) => finished,
                    Err(_) => task::panicked(&self.job, claim),
                };
            traces::ended(finished.ending.status, finished.ending.failure.as_ref().map(|failure| failure.category));
            finished
        };
        work.instrument(span).await
    }
}
