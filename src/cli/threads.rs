//! The threads that a command runs on.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Of each thread, in bytes. What awaits an engine that awaits a driver nests deep, deepest in a debug build. Reserved, and taken
/// only where it is used.
const STACK: usize = 8 << 20;
/// After so many turns a thread looks whether something has come: a tenant's database may make one turn as long as it can.
const TURNS: u32 = 7;

pub(super) fn begin() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .event_interval(TURNS)
        .global_queue_interval(TURNS)
        .build()
}
