//! The threads that a command runs on.

use std::io;
use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// Of each thread, in bytes. What awaits an engine that awaits a driver nests deep, deepest in a debug build. Reserved, and taken
/// only where it is used.
const STACK: usize = 8 << 20;
/// After so many turns a thread looks whether something has come: a tenant's database may make one turn as long as it can.
const TURNS: u32 = 7;

/// One for each core of a console; of any other command, which waits for databases, for each two: a thread more is woken for what another was about to do.
pub(super) fn begin(serves: bool) -> io::Result<Runtime> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread()
        .worker_threads(if serves { cores } else { cores.div_ceil(2) })
        .enable_all()
        .thread_stack_size(STACK)
        .event_interval(TURNS)
        .global_queue_interval(TURNS)
        .build()
}
