//! One round: a short transaction that holds the ends of finished tasks, their events and the next claims.

use std::collections::HashSet;

use serde_json::json;

use super::dead;
use super::ending::{Drained, end_if_drained};
use super::hands::begun;
use super::{Doubt, Finished, Round, Shift, Told};
use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::{self, NewEvent};
use crate::runs::{Amount, EventKind, OnError, Reason, Run, Status, TaskStatus, blame, waves, windows};
use crate::tenants;

impl Shift {
    pub(super) async fn round(&mut self) -> Result<Round> {
        self.gather();
        self.measure();
        self.ears.note();
        self.looked = tokio::time::Instant::now();
        let mut tx = self.platform.central.write().await?;
        let transaction = store::hold(&mut tx, &self.run.id).await?;
        let mut pulse = store::pulse(&mut tx, &self.run.id).await?;
        let windows = windows::binding(&mut tx, self.run.kind, pulse.despite_windows).await?;
        self.give_back(&mut tx, &pulse, &windows).await?;
        let hands = self.free_hands(&mut tx, &windows).await?;
        if hands.is_empty() {
            // With nothing to take there is no room that others leave, and no moment at which to look for it again.
            self.spare_since = None;
        }
        self.left_until = None;
        let mut events = self.write_ends(&mut tx).await?;
        let mut has_begun = false;
        if pulse.status == Status::Queued
            && store::set_status(&mut tx, &self.run.id, &[Status::Queued], Status::Running).await?
        {
            events.push((EventKind::RunStarted, json!({"kind": self.run.kind})));
            store::append(&mut tx, &self.run.id, &std::mem::take(&mut events)).await?;
            events.extend(self.begin(&mut tx).await?);
            pulse.status = Status::Running;
            has_begun = true;
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
        if pulse.status == Status::Running {
            events.extend(windows::turned(&mut tx, &self.run.id, &windows, &mut self.windows_told).await?);
        }
        let mut claims = Vec::new();
        let mut ahead = Vec::new();
        let goes_on = pulse.status == Status::Running && pulse.wanted.is_none();
        if hands.is_empty() || !goes_on {
            self.set_in_want(&mut tx, false).await?;
        }
        if goes_on {
            if !hands.is_empty() {
                claims = self.claim(&mut tx, &windows, hands).await?;
            }
            events.extend(claims.iter().filter(|(claim, _)| !claim.is_reconciliation()).map(|(claim, _)| begun(claim)));
            ahead = self.claim_ahead(&mut tx, &windows).await?;
        }
        store::append(&mut tx, &self.run.id, &events).await?;
        let mut over = pulse.status.is_over() || pulse.status == Status::Paused;
        let mut again = false;
        let has_nothing = claims.is_empty() && ahead.is_empty() && self.is_idle();
        // While others are at its last tenants, or this worker has no hand for the next, its tasks need not be counted.
        if !over && has_nothing && !store::tasks::goes_on(&mut tx, &self.run.id, pulse.wanted.is_some()).await? {
            blame::weigh(&mut tx, &self.run, self.platform.config.quarantine_after).await?;
            match end_if_drained(&self.platform, &mut tx, &self.run, pulse.wanted).await? {
                Drained::Not => {}
                Drained::NextWave => again = true,
                Drained::Over => over = true,
            }
        }
        if let Err(error) = tx.commit().await {
            self.in_doubt = transaction.map(|transaction| Doubt { transaction, claims, ahead });
            return Err(error.into());
        }
        if has_begun {
            let Run { number, kind, actor, tenants, .. } = &self.run;
            tracing::info!(run = number, kind = kind.as_str(), person = actor, tenants = tenants.total, "a run began");
        }
        let claimed = !claims.is_empty();
        self.committed(claims, ahead);
        if !events.is_empty() || over || again {
            self.platform.bell.notify_waiters();
            self.ears.ignore_own();
        }
        if again {
            return Ok(Round::Again);
        }
        Ok(match (over && self.is_idle(), claimed || !self.is_idle()) {
            (true, _) => Round::Over,
            (_, true) => Round::Working,
            _ => Round::Waiting,
        })
    }

    /// Writes what the tasks in these hands came to; answers with the events to be told of it, and of what they are at.
    async fn write_ends(&self, tx: &mut Conn) -> Result<Vec<NewEvent>> {
        // Of a task that was taken over its new holder tells.
        let ours = match self.told.is_empty() {
            true => HashSet::new(),
            false => store::tasks::in_hands(tx, &self.run.id, &self.card.id).await?.into_iter().collect(),
        };
        let is_ours = |told: &&Told| ours.contains(&(told.task_id.clone(), told.epoch));
        let mut events: Vec<NewEvent> = self.told.iter().filter(is_ours).map(|told| told.event.clone()).collect();
        if self.finished.is_empty() {
            return Ok(events);
        }
        let mut endings = Vec::with_capacity(self.finished.len());
        for finished in &self.finished {
            endings.push(dead::credited(tx, &self.run, finished).await?);
        }
        let ends: Vec<_> = self.finished.iter().map(|f| &f.claim).zip(endings.iter().map(AsRef::as_ref)).collect();
        let mut rest = store::tasks::finish(tx, &ends).await?;
        let (written, lost): (Vec<_>, Vec<_>) =
            self.finished.iter().partition(|f| rest.remove(&(f.claim.id.clone(), f.claim.epoch)));
        for finished in lost {
            tracing::warn!(
                run = self.run.number,
                tenant = finished.claim.tenant_slug,
                "a task was taken over; its result here is dropped"
            );
        }
        dead::settle_for_the_dead(tx, &self.run, &self.job.set, &written).await?;
        for finished in &written {
            let is_unseen = finished.look.is_none() && self.run.kind.is_of_files();
            if is_unseen && finished.ending.status == TaskStatus::Failed {
                tenants::forget(tx, &finished.claim.tenant_id).await?;
            }
        }
        let looks: Vec<_> =
            written.iter().filter_map(|f| Some((f.claim.tenant_id.as_str(), f.look.as_ref()?))).collect();
        let strangers = tenants::remember_all(tx, &looks).await?;
        for finished in written {
            let mut told = finished.events.clone();
            if strangers.contains(&finished.claim.tenant_id) {
                store::tasks::set_drifted(tx, &finished.claim.id).await?;
                told.iter_mut().for_each(|(_, body)| body["reason"] = json!(Reason::Drifted));
            }
            events.extend(told);
        }
        Ok(events)
    }

    /// What a run does as it begins: its first wave opens; of one that was planned earlier, the tenants that are in somebody
    /// else's hands by now are skipped.
    async fn begin(&self, tx: &mut Conn) -> Result<Vec<NewEvent>> {
        let mut events = Vec::new();
        if self.run.not_before.is_some() {
            // Orders this with whoever is starting a run.
            crate::central::hold(tx, "run").await?;
            for (tenant, other) in store::tasks::skip_busy(tx, &self.run.id).await? {
                events.push((
                    EventKind::TenantSkipped,
                    json!({"tenant": tenant, "reason": format!("run {other} was at it")}),
                ));
            }
        }
        store::waves::begin(tx, &self.run.id, 1).await?;
        waves::announce(tx, &self.run, 1).await?;
        Ok(events)
    }

    /// Why the run must halt by itself: it stops at a failure, or has more than its budget allows.
    async fn breach(&self, tx: &mut Conn) -> Result<Option<String>> {
        let Some(first) = self.finished.iter().find(|f| f.ending.status == TaskStatus::Failed) else { return Ok(None) };
        let is_barred = |f: &&Finished| f.ending.failure.as_ref().is_some_and(|failure| failure.barred);
        if let Some(barred) = self.finished.iter().find(is_barred) {
            return Ok(Some(format!(
                "its files bar the login of {}, and would that of whoever is next",
                barred.claim.tenant_slug
            )));
        }
        if self.run.policy.on_error == OnError::Stop {
            return Ok(Some(format!("stopped at the failure of {}", first.claim.tenant_slug)));
        }
        if let Some(most) = self.run.policy.max_same
            && let Some((cause, n)) = store::tasks::most_alike(tx, &self.run.id).await?
            && n > i64::from(most)
        {
            return Ok(Some(format!(
                "{} more than the {most} allowed",
                failures(n, &format!(" of one cause ({cause})"))
            )));
        }
        let Some(budget) = self.run.policy.max_failures else { return Ok(None) };
        let (counts, _) = store::tasks::counts(tx, &self.run.id).await?;
        let over = match budget {
            Amount::Count(n) => counts.failed > i64::from(n),
            Amount::Percent(share) => counts.failed as f64 > share / 100.0 * counts.total as f64,
        };
        Ok(over.then(|| format!("{} more than the {budget} allowed", failures(counts.failed, ""))))
    }
}

/// `2 failures are`
fn failures(n: i64, which: &str) -> String {
    if n == 1 { format!("1 failure{which} is") } else { format!("{n} failures{which} are") }
}
