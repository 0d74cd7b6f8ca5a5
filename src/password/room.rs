//! Where passwords are hashed: off the async threads, so many at once and no more, with a bounded queue before them, in memory
//! that is used again. A flood of sign-ins is answered "busy" instead of stalling everything else.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use argon2::Block;

use super::MEMORY_KIB;
use crate::error::{Error, Result};
use crate::gate::{Gate, Shares};

/// How many may wait for one that hashes.
pub(super) const MAX_WAITING: usize = 64;
/// After so long without a sign-in the memory is given back.
const QUIET: Duration = Duration::from_secs(30);
const BUSY: &str = "too many sign-ins at once";
/// The C library hands so much (32 MiB, and a little) back to the system as soon as it is free, and keeps what is smaller in
/// one of its arenas for good. What is never touched of it costs nothing.
const HANDED_BACK: usize = 33 * 1024;

pub(super) struct Room {
    gate: Gate,
    shelf: Arc<Shelf>,
    /// Whoever shares the room with others has at most a quarter of it.
    shares: Shares,
}

impl Room {
    pub fn new(permits: usize) -> Self {
        Self {
            gate: Gate::new(permits, MAX_WAITING, BUSY),
            shelf: Arc::new(Shelf { inner: Mutex::default(), quiet: QUIET }),
            shares: Shares::new((permits / 4).max(1), MAX_WAITING / 4, BUSY),
        }
    }

    /// Runs `work` with so many blocks of memory (whatever is in them), once it is its turn.
    pub async fn run<T: Send + 'static>(
        &self,
        blocks: usize,
        work: impl FnOnce(&mut [Block]) -> T + Send + 'static,
    ) -> Result<T> {
        let permit = self.gate.pass().await?;
        self.hash(permit, blocks, work).await
    }

    /// The same for one of many who share the room: none of them waits for more than one turn of each other.
    pub async fn run_for<T: Send + 'static>(
        &self,
        whose: &str,
        blocks: usize,
        work: impl FnOnce(&mut [Block]) -> T + Send + 'static,
    ) -> Result<T> {
        let share = self.shares.of(whose)?;
        let own = share.pass().await?;
        // Whoever has come so far is one of a few: the queue before it is not for them.
        let permit = self.gate.pass_at_once().await?;
        self.hash((permit, own, share), blocks, work).await
    }

    /// The turn ends with the work, whether or not anybody waits for it any more.
    async fn hash<T: Send + 'static>(
        &self,
        turn: impl Send + 'static,
        blocks: usize,
        work: impl FnOnce(&mut [Block]) -> T + Send + 'static,
    ) -> Result<T> {
        let shelf = self.shelf.clone();
        self.shelf.clone().watch();
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut memory = shelf.take(blocks)?;
            let answer = work(&mut memory[..blocks]);
            shelf.put_back(memory);
            Ok(answer)
        });
        working.await.map_err(Error::internal)?
    }
}

/// Memory between two uses: never more than was needed at once.
struct Shelf {
    inner: Mutex<Inner>,
    quiet: Duration,
}

#[derive(Default)]
struct Inner {
    free: Vec<Vec<Block>>,
    last_used: Option<Instant>,
    is_watched: bool,
}

impl Shelf {
    fn take(&self, blocks: usize) -> Result<Vec<Block>> {
        // What needs none takes none from those who do.
        if blocks == 0 {
            return Ok(Vec::new());
        }
        let usual = MEMORY_KIB as usize;
        let kept = self.inner.lock().ok().and_then(|mut inner| {
            inner.last_used = Some(Instant::now());
            if blocks <= usual { inner.free.pop() } else { None }
        });
        if let Some(memory) = kept {
            return Ok(memory);
        }
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks.max(HANDED_BACK)).map_err(Error::internal)?;
        memory.resize(blocks.max(usual), Block::new());
        Ok(memory)
    }

    /// More than today's parameters need is given back at once.
    fn put_back(&self, memory: Vec<Block>) {
        if memory.len() == MEMORY_KIB as usize
            && let Ok(mut inner) = self.inner.lock()
        {
            inner.free.push(memory);
            inner.last_used = Some(Instant::now());
        }
    }

    /// Sees to it that what is on the shelf goes once nobody has come for a while.
    fn watch(self: Arc<Self>) {
        let is_mine = self.inner.lock().is_ok_and(|mut inner| !std::mem::replace(&mut inner.is_watched, true));
        if !is_mine {
            return;
        }
        tokio::spawn(async move {
            let mut wait = self.quiet;
            loop {
                tokio::time::sleep(wait).await;
                let Ok(mut inner) = self.inner.lock() else { return };
                let quiet_for = inner.last_used.map_or(self.quiet, |at| at.elapsed());
                wait = self.quiet.saturating_sub(quiet_for);
                if wait.is_zero() {
                    inner.is_watched = false;
                    inner.free = Vec::new();
                    return;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Kind;

    async fn until(what: impl Fn() -> bool) {
        while !what() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_flood_of_sign_ins_is_answered_busy_and_the_queue_empties_again() {
        let room = Arc::new(Room::new(0));
        let waiters: Vec<_> = (0..MAX_WAITING)
            .map(|_| {
                let room = room.clone();
                tokio::spawn(async move { room.run(8, |_| ()).await })
            })
            .collect();
        until(|| room.gate.waiting() == MAX_WAITING).await;
        let busy = room.run(8, |_| ()).await.unwrap_err();
        assert_eq!((busy.kind, busy.retry_after), (Kind::Unavailable, Some(crate::gate::RETRY_AFTER)));
        assert!(room.shelf.inner.lock().unwrap().last_used.is_none(), "nothing was allocated for those who wait");
        for waiter in waiters {
            waiter.abort();
            waiter.await.ok();
        }
        assert_eq!(room.gate.waiting(), 0);
    }

    #[tokio::test]
    async fn one_tenant_has_a_quarter_of_the_room_and_the_others_go_past_it() {
        let room = Arc::new(Room::new(8));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let at_work = Arc::new(AtomicUsize::new(0));
        let greedy: Vec<_> = (0..6)
            .map(|_| {
                let (room, held, at_work) = (room.clone(), held.clone(), at_work.clone());
                tokio::spawn(async move {
                    let work = move |_: &mut [Block]| {
                        at_work.fetch_add(1, Ordering::AcqRel);
                        held.lock().unwrap().recv().unwrap();
                    };
                    room.run_for("greedy", 8, work).await
                })
            })
            .collect();
        until(|| at_work.load(Ordering::Acquire) == 2).await;
        for _ in 0..20 {
            room.run_for("another", 8, |_| ()).await.unwrap();
        }
        assert_eq!(at_work.load(Ordering::Acquire), 2, "of eight at once two are the greedy one's");
        for _ in 0..6 {
            release.send(()).unwrap();
        }
        for one in greedy {
            one.await.unwrap().unwrap();
        }
        room.run_for("last", 8, |_| ()).await.unwrap();
        assert_eq!(room.shares.known(), ["last"], "nobody is remembered who is not there");
    }

    #[tokio::test]
    async fn one_tenants_flood_is_turned_away_and_the_others_are_not() {
        let room = Arc::new(Room::new(1));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let room = room.clone();
            async move { room.run_for("greedy", 8, move |_| held.recv().is_ok()).await }
        });
        let share = || room.shares.of("greedy").unwrap();
        until(|| share().free() == 0).await;
        let waiters: Vec<_> = (0..MAX_WAITING / 4)
            .map(|_| {
                let room = room.clone();
                tokio::spawn(async move { room.run_for("greedy", 8, |_| ()).await })
            })
            .collect();
        until(|| share().waiting() == MAX_WAITING / 4).await;
        assert_eq!(room.run_for("greedy", 8, |_| ()).await.unwrap_err().kind, Kind::Unavailable);
        let other = tokio::spawn({
            let room = room.clone();
            async move { room.run_for("another", 8, |_| ()).await }
        });
        release.send(()).unwrap();
        other.await.unwrap().unwrap();
        assert!(first.await.unwrap().unwrap());
        for waiter in waiters {
            waiter.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn memory_is_used_again_and_given_back_after_a_while() {
        let quiet = Duration::from_millis(300);
        let shelf = Arc::new(Shelf { inner: Mutex::default(), quiet });
        let room = Room { shelf, ..Room::new(2) };
        let usual = MEMORY_KIB as usize;
        let kept = || room.shelf.inner.lock().unwrap().free.len();
        for _ in 0..5 {
            room.run(usual, move |memory| assert_eq!(memory.len(), usual)).await.unwrap();
        }
        room.run(usual + 1, move |memory| assert_eq!(memory.len(), usual + 1)).await.unwrap();
        assert_eq!(kept(), 1, "one at a time needs one");
        let start = Instant::now();
        while kept() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(start.elapsed() < Duration::from_secs(20), "it is kept for good");
        }
        assert!(start.elapsed() > quiet / 2, "not while somebody may come");
        room.run(usual, |_| ()).await.unwrap();
        assert_eq!(kept(), 1, "and there is somebody to look after it again");
        assert!(room.shelf.inner.lock().unwrap().is_watched);
    }
}
