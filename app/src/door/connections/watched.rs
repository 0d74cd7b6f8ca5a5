//! What one connection is at, and how long it may be.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::door::limits::Limits;

/// One connection, as those see it who may end it.
pub struct Watched {
    now: Mutex<Now>,
    changed: Notify,
}

struct Now {
    phase: Phase,
    /// Since when nothing of an answer was taken.
    stalled: Option<Instant>,
    evicted: bool,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Not all of a request's head is here, and whether there is any.
    Head {
        since: Instant,
        begun: bool,
    },
    /// A request is worked on, or its answer is under way; in the end all of the answer has been made.
    Busy {
        made: bool,
    },
    Idle {
        since: Instant,
    },
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A request that did not arrive in time: there is somebody to tell.
    Late,
    Silent,
}

impl Watched {
    pub fn new() -> Self {
        let phase = Phase::Head { since: Instant::now(), begun: false };
        Self { now: Mutex::new(Now { phase, stalled: None, evicted: false }), changed: Notify::new() }
    }

    /// Something was sent to us.
    pub fn heard(&self) {
        let mut now = self.now();
        match now.phase {
            Phase::Head { since, begun: false } => now.phase = Phase::Head { since, begun: true },
            Phase::Idle { .. } => {
                now.phase = Phase::Head { since: Instant::now(), begun: true };
                self.changed.notify_one();
            }
            _ => {}
        }
    }

    /// A request is here.
    pub fn busy(&self) {
        self.now().phase = Phase::Busy { made: false };
    }

    /// All of its answer has been made.
    pub fn made(&self) {
        let mut now = self.now();
        if let Phase::Busy { made } = &mut now.phase {
            *made = true;
        }
    }

    /// All that was written so far has been taken.
    pub fn flushed(&self) {
        let mut now = self.now();
        if let Phase::Busy { made: true } = now.phase {
            now.phase = Phase::Idle { since: Instant::now() };
            self.changed.notify_one();
        }
    }

    pub fn wrote(&self, is_stalled: bool) {
        let mut now = self.now();
        match (is_stalled, now.stalled) {
            (true, None) => {
                now.stalled = Some(Instant::now());
                self.changed.notify_one();
            }
            (false, Some(_)) => now.stalled = None,
            _ => {}
        }
    }

    /// Whether an answer of the console's own is being made: nobody else writes meanwhile.
    pub fn is_answering(&self) -> bool {
        matches!(self.now().phase, Phase::Busy { made: false })
    }

    /// Whether its first request, or one of which something is here, is still to come.
    pub fn is_beginning(&self) -> bool {
        matches!(self.now().phase, Phase::Head { .. })
    }

    /// Since when it has been waited for a request, where it has.
    pub fn waiting(&self) -> Option<Instant> {
        match self.now().phase {
            Phase::Head { since, .. } | Phase::Idle { since } => Some(since),
            Phase::Busy { .. } => None,
        }
    }

    /// Its place is somebody else's.
    pub fn evict(&self) {
        self.now().evicted = true;
        self.changed.notify_one();
    }

    /// When it has taken too long.
    pub async fn over(&self, limits: &Limits) -> Over {
        loop {
            let deadline = match self.deadline(limits) {
                Err(over) => return over,
                Ok(deadline) => deadline,
            };
            let sleep = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep => {}
                () = self.changed.notified() => {}
            }
        }
    }

    fn deadline(&self, limits: &Limits) -> Result<Option<Instant>, Over> {
        let now = self.now();
        let (deadline, over) = match now.phase {
            // A request that came meanwhile is answered first.
            Phase::Head { .. } | Phase::Idle { .. } if now.evicted => return Err(Over::Silent),
            Phase::Head { since, begun: true } => (Some(since + limits.head), Over::Late),
            Phase::Head { since, begun: false } => (Some(since + limits.head), Over::Silent),
            Phase::Idle { since } => (Some(since + limits.idle), Over::Silent),
            Phase::Busy { .. } => (None, Over::Silent),
        };
        let stalled = now.stalled.map(|since| since + limits.stall);
        match (deadline, stalled) {
            (Some(at), _) if at <= Instant::now() => Err(over),
            (_, Some(at)) if at <= Instant::now() => Err(Over::Silent),
            (Some(one), Some(other)) => Ok(Some(one.min(other))),
            (one, other) => Ok(one.or(other)),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
