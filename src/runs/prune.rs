//! What goes of runs that ended long ago: tasks that ended well, the tries, what happened on each tenant. The run stays with its counts, and
//! so does whoever failed, with the failure.
//!
//! It goes in bites, each a transaction that holds the run's row, so that nobody waits for longer than one; what is gone is counted in the
//! same transaction, so that a run is told as before, whenever it is broken off.

use super::store::{self, prune};
use crate::central::Conn;
use crate::error::Result;

/// How many runs ended before this moment (epoch ms), and how many tasks and events they had at most.
pub(crate) async fn count(conn: &mut Conn, before: i64) -> Result<(i64, i64, i64)> {
    prune::count(conn, before).await
}

/// Sees to tasks that a Neo of before has begun beside this one, some at a time; false where there are none.
pub(crate) async fn number_tasks(tx: &mut Conn) -> Result<bool> {
    Ok(prune::number_tasks(tx).await? > 0)
}

/// What has gone.
#[derive(Default, Clone, Copy)]
pub(crate) struct Gone {
    pub tasks: i64,
    pub attempts: i64,
    pub events: i64,
}

/// A run that is old, and how far it has been looked through.
pub(crate) struct Old {
    run: prune::Old,
    at: At,
}

enum At {
    /// After this tenant.
    Tasks(String),
    /// After this number.
    Events(i64),
    Done,
}

/// The run that ended first, of those that ended before this moment and of which something may go.
pub(crate) async fn next(conn: &mut Conn, before: i64) -> Result<Option<Old>> {
    let run = prune::next(conn, before).await?;
    Ok(run.map(|run| Old { run, at: At::Tasks(String::new()) }))
}

impl Old {
    pub fn is_done(&self) -> bool {
        matches!(self.at, At::Done)
    }

    /// One bite, within the caller's transaction. Nothing goes of a run that somebody has gone on with meanwhile.
    pub async fn bite(&mut self, tx: &mut Conn, before: i64) -> Result<Gone> {
        let mut gone = Gone::default();
        store::hold(tx, &self.run.id).await?;
        if !prune::is_old(tx, &self.run.id, before).await? {
            self.at = At::Done;
            return Ok(gone);
        }
        self.at = match &self.at {
            At::Tasks(after) => {
                let bite = prune::take_tasks(tx, &self.run, after).await?;
                (gone.tasks, gone.attempts) = (bite.tasks, bite.attempts);
                bite.next.map_or(At::Events(0), At::Tasks)
            }
            At::Events(after) => {
                let (next, events) = prune::take_events(tx, &self.run, *after).await?;
                gone.events = events;
                match next {
                    Some(next) => At::Events(next),
                    None => {
                        prune::finish(tx, &self.run.id).await?;
                        At::Done
                    }
                }
            }
            At::Done => At::Done,
        };
        Ok(gone)
    }
}
