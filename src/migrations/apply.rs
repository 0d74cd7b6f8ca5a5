//! What happens on one tenant: lock, read the ledger, compare, apply or revert one migration at a time, unlock.
use crate::{
    engine::{Connection, Failure},
    migrations::{Set, ledger},
};
use std::time::Duration;

#[derive(Debug, Clone)]
pub enum Goal {
    /// Everything pending, up to and including `to`.
    Up { to: Option<i64> },
    /// Undo exactly these, newest first.
    Down { versions: Vec<i64> },
    /// Undo the newest `n`.
    Steps { n: u32 },
    /// Undo everything newer than `to`.
    DownTo { to: i64 },
    /// Only look.
    Verify,
}
#[derive(Debug, Clone)]
pub enum Progress {
    Applied { version: i64, migration: String, ms: i64 },
    Reverted { version: i64, migration: String, ms: i64 },
}
pub type Sink<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// How it ended, success or not: what was done stays done and is told.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub done: Vec<i64>,
    /// The ledger at the end, when it could be read.
    pub ledger: Option<Vec<ledger::Row>>,
    pub failure: Option<Failure>,
}
pub struct Options {
    pub lock_deadline: Duration,
}

/// Works towards `goal` on an open connection. Never panics, never leaves the lock.
pub async fn run(_conn: &mut Connection, _set: &Set, _goal: &Goal, _options: &Options, _sink: Sink<'_>) -> Outcome {
    todo!()
}
