//! Which tasks a worker may take now.

use std::collections::HashMap;

use tokio::sync::OwnedSemaphorePermit;

use super::{SHARE, Shift};
use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::tasks::Claim;
use crate::runs::{store, workers};
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

    /// What each worker may have of this run at once.
    async fn share(&self, tx: &mut Conn) -> Result<i64> {
        let workers = workers::count_at(tx, &self.run.id).await?.max(1);
        let concurrency = i64::from(self.run.policy.concurrency.max(1));
        Ok((concurrency + workers - 1) / workers)
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
            let engine = self.platform.central.engine;
            let apart = (&full[..], windows);
            let taken = store::tasks::claim(tx, engine, &self.run.id, &self.card.id, apart, room).await?;
            let last = (taken.len() as i64) < room;
            let hands = permits.drain(..taken.len()).collect::<Vec<_>>();
            claims.extend(taken.into_iter().zip(hands));
            if last || permits.is_empty() {
                return Ok(claims);
            }
        }
    }
}
