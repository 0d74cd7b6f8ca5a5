//! Sessions that serve nobody just now: to begin one takes longer than most of what is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::running::Idle;

/// As many as serve tenants at once on most machines.
const MOST: usize = 16;
/// One that nobody has asked for so long is ended.
const QUIET: Duration = Duration::from_secs(20);
/// How often it is looked after them, while there are any.
const ROUND: Duration = Duration::from_secs(5);

struct Pool {
    /// The last to come is the first to go.
    idle: Vec<(Idle, Instant)>,
    is_watched: bool,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { idle: Vec::new(), is_watched: false });

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn take() -> Option<Idle> {
    pool().idle.pop().map(|(idle, _)| idle)
}

pub(super) fn put(idle: Idle) {
    let mut pool = pool();
    if pool.idle.len() >= MOST {
        drop(pool);
        return idle.end();
    }
    pool.idle.push((idle, Instant::now()));
    if !pool.is_watched {
        // Without one they stay until the process ends, and end with it.
        pool.is_watched = std::thread::Builder::new().name("sqlite-sessions".into()).spawn(watch).is_ok();
    }
}

/// Ends those that nobody asks for, until there are none.
fn watch() {
    loop {
        std::thread::sleep(ROUND);
        let mut pool = pool();
        let quiet: Vec<_> = pool.idle.extract_if(.., |(_, since)| since.elapsed() >= QUIET).collect();
        let is_over = pool.idle.is_empty();
        pool.is_watched = !is_over;
        drop(pool);
        for (idle, _) in quiet {
            idle.end();
        }
        if is_over {
            return;
        }
    }
}
