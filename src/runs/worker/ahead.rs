//! Tasks that are claimed before there is a hand for them. A short task is over sooner than a round is written, and its hand
//! would be idle until then: so it takes the next by itself, and a round is for many.
//!
//! To everybody else they are in this worker's hands. Whatever might keep them from being begun (a failure that may halt the run,
//! somebody who wants it to stop, a process that is to end, a maintenance window, others who want the room) is known before the next is taken, or sends them
//! back into the queue with the next round.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Shift;
use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::tasks::Claim;
use crate::runs::store::{self, Pulse};
use crate::runs::{Status, TaskStatus, workers};
use crate::windows::InForce;

/// How long a round may be waited for while there is something to take meanwhile.
pub(super) const PERIOD: Duration = Duration::from_millis(60);
/// For so long there is to be something to take.
const REACH_MS: i64 = 100;
/// Tasks that take longer are claimed when there is a hand for them.
const SHORT_MS: i64 = 50;
/// For each hand, no more than this.
const MOST: i64 = 4;
/// What nobody has taken for so long is taken by nobody any more: others may have thought this worker dead.
const STALE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Ahead(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    claims: VecDeque<Claim>,
    /// How many there were when some were last put there.
    full: usize,
    since: Option<Instant>,
    /// Nothing is taken until a round has been written.
    is_shut: bool,
}

impl Ahead {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is next, for a hand whose task has ended so.
    pub fn next(&self, ended: TaskStatus) -> Option<Claim> {
        let mut shelf = self.shelf();
        if !matches!(ended, TaskStatus::Succeeded | TaskStatus::Skipped) {
            shelf.is_shut = true;
        }
        shelf.take()
    }

    /// What is next, for a hand that is free.
    pub fn take(&self) -> Option<Claim> {
        self.shelf().take()
    }

    pub fn shut(&self) {
        self.shelf().is_shut = true;
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.shelf().claims.len()
    }

    /// Whether there will soon be nothing to take.
    pub fn runs_out(&self) -> bool {
        let shelf = self.shelf();
        shelf.is_shut || shelf.claims.len() * 4 <= shelf.full
    }

    pub fn put(&self, claims: Vec<Claim>) {
        let mut shelf = self.shelf();
        shelf.claims.extend(claims);
        shelf.full = shelf.claims.len();
        shelf.since = Some(Instant::now());
    }

    /// All of it where nothing of it may be taken any more; from here on something may be put there again.
    fn clear(&self, is_over: bool) -> Vec<Claim> {
        let mut shelf = self.shelf();
        if !is_over && !shelf.is_shut && !shelf.is_stale() {
            return Vec::new();
        }
        shelf.is_shut = false;
        shelf.full = 0;
        std::mem::take(&mut shelf.claims).into()
    }
}

impl Shelf {
    fn take(&mut self) -> Option<Claim> {
        if self.is_shut || self.is_stale() { None } else { self.claims.pop_front() }
    }

    fn is_stale(&self) -> bool {
        !self.claims.is_empty() && self.since.is_some_and(|since| since.elapsed() > STALE)
    }
}

/// How many to have at hand, by how long these took, in milliseconds: none where one of them failed or they are not short.
fn reach(concurrency: i64, ends: &[(TaskStatus, i64)]) -> i64 {
    let is_smooth = |(status, _): &(TaskStatus, i64)| matches!(status, TaskStatus::Succeeded | TaskStatus::Skipped);
    let Some(count) = i64::try_from(ends.len()).ok().filter(|count| *count > 0) else { return 0 };
    let mean = ends.iter().map(|(_, ms)| ms).sum::<i64>() / count;
    if mean > SHORT_MS || !ends.iter().all(is_smooth) {
        return 0;
    }
    (concurrency * REACH_MS / mean.max(1)).min(concurrency * MOST)
}

impl Shift {
    /// How long the tasks took that have ended since the last round, for the next to reach ahead by.
    pub(super) fn measure(&mut self) {
        let ends: Vec<_> = self.finished.iter().map(|f| (f.ending.status, f.ending.ms)).collect();
        if !ends.is_empty() {
            self.reach = reach(i64::from(self.run.policy.concurrency.max(1)), &ends);
        }
    }

    /// Sends back what is not to be begun. It is known to be in the queue once the round has been written.
    pub(super) async fn give_back(&mut self, tx: &mut Conn, pulse: &Pulse, windows: &InForce) -> Result<()> {
        let is_over = pulse.status != Status::Running
            || pulse.wanted.is_some()
            || windows.are_near()
            || self.platform.shutdown.is_cancelled();
        self.returned.extend(self.ahead.clear(is_over));
        if self.returned.is_empty() {
            return Ok(());
        }
        store::tasks::give_back(tx, &self.returned).await
    }

    /// As many as are soon needed, where no maintenance window might keep one of them by then, and nobody else is in want of the
    /// room: no other worker at this run and no other run, and every server takes all that this run has at once.
    pub(super) async fn claim_ahead(&self, tx: &mut Conn, windows: &InForce) -> Result<Vec<Claim>> {
        let wanted = self.reach - i64::try_from(self.ahead.len()).unwrap_or(i64::MAX);
        let concurrency = i64::from(self.run.policy.concurrency.max(1));
        let is_room = self.capacity.values().all(|capacity| *capacity >= concurrency);
        if wanted <= 0
            || !is_room
            || windows.are_near()
            || !self.run.kind.is_of_files()
            || self.platform.shutdown.is_cancelled()
            || store::is_any_other(tx, &self.run.id).await?
            || workers::count_at(tx, &self.run.id, &self.card.id).await?.0 != 1
        {
            return Ok(Vec::new());
        }
        store::tasks::claim_in_turn(tx).await?;
        self.card.show(tx).await?;
        store::tasks::claim_ahead(tx, self.platform.central.engine, &self.run.id, &self.card.id, wanted).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(slug: &str) -> Claim {
        Claim {
            id: format!("task-{slug}"),
            tenant_id: format!("id-{slug}"),
            tenant_slug: slug.to_owned(),
            server_id: "local".to_owned(),
            reason: None,
            plan: None,
            versions: "[]".to_owned(),
            from_version: None,
            attempt: 1,
            epoch: 1,
        }
    }

    fn slug(claim: Option<Claim>) -> Option<String> {
        claim.map(|claim| claim.tenant_slug)
    }

    #[tokio::test]
    async fn after_a_failure_nothing_is_taken_until_a_round_has_sent_it_back() {
        let ahead = Ahead::default();
        ahead.put(vec![claim("acme"), claim("beta"), claim("corp")]);
        assert_eq!(slug(ahead.next(TaskStatus::Succeeded)).as_deref(), Some("acme"));
        assert!(ahead.clear(false).is_empty(), "nothing is sent back while all goes well");
        assert_eq!(slug(ahead.next(TaskStatus::Failed)), None);
        assert_eq!(slug(ahead.next(TaskStatus::Succeeded)), None);
        assert_eq!(ahead.clear(false).len(), 2);
        ahead.put(vec![claim("beta")]);
        assert_eq!(slug(ahead.take()).as_deref(), Some("beta"));
    }

    #[tokio::test]
    async fn what_nobody_has_taken_for_a_while_goes_back() {
        let ahead = Ahead::default();
        ahead.put(vec![claim("acme")]);
        ahead.shelf().since = Instant::now().checked_sub(STALE * 2);
        assert_eq!(slug(ahead.take()), None);
        assert_eq!(ahead.clear(false).len(), 1);
    }

    #[test]
    fn only_short_tasks_that_succeed_are_reached_ahead_of() {
        let ended = |status, ms: &[i64]| ms.iter().map(|ms| (status, *ms)).collect::<Vec<_>>();
        assert_eq!(reach(8, &[]), 0);
        assert_eq!(reach(8, &ended(TaskStatus::Succeeded, &[40, 40])), 20);
        assert_eq!(reach(8, &ended(TaskStatus::Succeeded, &[1])), 32);
        assert_eq!(reach(8, &ended(TaskStatus::Succeeded, &[20, 200])), 0);
        let mixed = [ended(TaskStatus::Succeeded, &[10, 10]), ended(TaskStatus::Failed, &[10])].concat();
        assert_eq!(reach(8, &mixed), 0);
    }
}
