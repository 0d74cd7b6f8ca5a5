//! So many at once and no more, with a bounded queue before them: who is too many is turned away at once, and nothing was
//! done for them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Seconds after which somebody who was turned away may try again.
pub(crate) const RETRY_AFTER: u64 = 2;

pub(crate) struct Gate {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    /// What whoever is turned away is told: what there is too much of.
    busy: &'static str,
}

impl Gate {
    pub fn new(permits: usize, most_waiting: usize, busy: &'static str) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), waiting: AtomicUsize::new(0), most_waiting, busy }
    }

    /// Whose turn it is keeps it as long as the permit.
    pub async fn pass(&self) -> Result<OwnedSemaphorePermit> {
        let _place = Place::take(self)?;
        self.pass_at_once().await
    }

    /// Past the queue, for one who has waited in another.
    pub async fn pass_at_once(&self) -> Result<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.map_err(Error::internal)
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    #[cfg(test)]
    pub fn free(&self) -> usize {
        self.permits.available_permits()
    }
}

/// A place in the queue, given back when dropped: a caller that goes away does not keep it.
struct Place<'a>(&'a Gate);

impl<'a> Place<'a> {
    fn take(gate: &'a Gate) -> Result<Self> {
        let place = Self(gate);
        if gate.waiting.fetch_add(1, Ordering::AcqRel) >= gate.most_waiting {
            return Err(Error::unavailable(gate.busy).hint("try again in a moment").retry_after(RETRY_AFTER));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A gate for each of many, which is there as long as somebody is at it.
pub(crate) struct Shares {
    gates: Mutex<HashMap<String, Weak<Gate>>>,
    permits: usize,
    most_waiting: usize,
    busy: &'static str,
}

impl Shares {
    /// `permits` and `most_waiting` of each.
    pub fn new(permits: usize, most_waiting: usize, busy: &'static str) -> Self {
        Self { gates: Mutex::default(), permits, most_waiting, busy }
    }

    pub fn of(&self, whose: &str) -> Result<Arc<Gate>> {
        let mut gates = self.gates.lock().map_err(|_| Error::internal("the gates of many are lost"))?;
        if let Some(gate) = gates.get(whose).and_then(Weak::upgrade) {
            return Ok(gate);
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::new(Gate::new(self.permits, self.most_waiting, self.busy));
        gates.insert(whose.to_owned(), Arc::downgrade(&gate));
        Ok(gate)
    }

    #[cfg(test)]
    pub fn known(&self) -> Vec<String> {
        self.gates.lock().map(|gates| gates.keys().cloned().collect()).unwrap_or_default()
    }
}
