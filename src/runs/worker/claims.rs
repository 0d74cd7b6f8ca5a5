//! Which tasks a worker may take now.

use std::collections::HashMap;

use tokio::sync::OwnedSemaphorePermit;

use super::{LOOK, SHARE, Shift};
use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::tasks::Claim;
use crate::runs::{store, wants, workers};
use crate::windows::InForce;

impl Shift {
    /// The hands that are free, when there is something to claim that no window keeps. Claims over all runs are made one after
    /// the other, so that no two workers see the same room; and who claims is there to be seen.
    pub(super) async fn free_hands(&self, tx: &mut Conn, windows: &InForce) -> Result<Vec<OwnedSemaphorePermit>> {
        let most = self.run.policy.concurrency.max(1) as usize;
        let permits: Vec<_> = (0..most).map_while(|_| self.hands.clone().try_acquire_owned().ok()).collect();
        if permits.is_empty()
            || self.platform.shutdown.is_cancelled()
            || !store::tasks::anything_to_claim(tx, &self.run.id, windows).await?
        {
            return Ok(Vec::new());
        }
        store::tasks::claim_in_turn(tx).await?;
        self.card.show(tx).await?;
        Ok(permits)
    }

    /// As many tasks as there is room for: in this run, on each server over all runs, and in this worker's hands.
    pub(super) async fn claim(
        &mut self,
        tx: &mut Conn,
        windows: &InForce,
        mut permits: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<(Claim, OwnedSemaphorePermit)>> {
        let mut claims = Vec::new();
        let own = store::tasks::in_hands(tx, &self.run.id, &self.card.id).await?.len() as i64;
        let (workers, is_any_in_want) = workers::count_at(tx, &self.run.id, &self.card.id).await?;
        let (workers, concurrency) = (workers.max(1), i64::from(self.run.policy.concurrency.max(1)));
        let part = loop {
            let mut on_server: HashMap<String, i64> = HashMap::new();
            let mut in_run = 0;
            for (own, server, n) in store::tasks::running_by_server(tx, &self.run.id).await? {
                if own {
                    in_run += n;
                } else {
                    on_server.insert(server, n);
                }
            }
            let mut room = (concurrency - in_run).max(0);
            let mut full = Vec::new();
            for (server, capacity) in &self.capacity {
                match capacity - on_server.get(server).copied().unwrap_or(0) {
                    free if free <= 0 => full.push(server.clone()),
                    free => room = room.min(free),
                }
            }
            if full.len() == self.capacity.len() {
                room = 0;
            }
            let part = in_run.min(concurrency) / workers;
            // Where somebody is in want, what is shared is what there is: a server may take less than the run would.
            let all = if is_any_in_want { (in_run + room).min(concurrency) } else { concurrency };
            let left = (all + workers - 1) / workers - own - claims.len() as i64;
            let mut most = room.min(permits.len() as i64);
            // The whole room goes to whoever is first, every time: each takes its share, and more only if it is left over.
            if most <= left {
                self.spare_since = None;
            } else {
                let since = *self.spare_since.get_or_insert(self.looked);
                if is_any_in_want || since.elapsed() < SHARE {
                    self.left_until =
                        (most > 0).then(|| if is_any_in_want { self.looked + LOOK } else { since + SHARE });
                    most = left;
                }
            }
            if most <= 0 {
                break part;
            }
            let engine = self.platform.central.engine;
            let apart = (&full[..], windows);
            let taken = store::tasks::claim(tx, engine, &self.run.id, &self.card.id, apart, most).await?;
            let last = (taken.len() as i64) < most;
            let hands = permits.drain(..taken.len()).collect::<Vec<_>>();
            claims.extend(taken.into_iter().zip(hands));
            if last || permits.is_empty() {
                break part;
            }
        };
        // There was something to claim, and hands for it.
        let has = own + claims.len() as i64;
        if has >= part || claims.is_empty() {
            self.set_in_want(tx, has < part).await?;
        }
        Ok(claims)
    }

    /// Leaves word that this worker is in want of room, or takes it back.
    pub(super) async fn set_in_want(&mut self, tx: &mut Conn, is_so: bool) -> Result<()> {
        match (self.in_want, is_so) {
            (None, false) => {}
            (Some(_), false) => {
                wants::take_back(tx, &self.run.id, &self.card.id).await?;
                self.in_want = None;
            }
            (Some(said), true) if said.elapsed() < wants::AGAIN => {}
            (_, true) => {
                wants::say(tx, &self.run.id, &self.card.id).await?;
                self.in_want = Some(self.looked);
            }
        }
        Ok(())
    }
}
