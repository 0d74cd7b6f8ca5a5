//! Following a run: the events as they were committed, from any number on. The rows are the truth; the bell and the polls
//! behind it only say when to look.

use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream, StreamExt};

use super::store::{self, EventRow};
use super::{Event, Run};
use crate::Platform;
use crate::bell::{self, Ears};
use crate::central::stored;
use crate::clock::rfc3339;
use crate::error::Result;

/// How often is looked where other processes cannot be heard.
const POLL: Duration = Duration::from_millis(120);
const BATCH: i64 = 500;
/// How long the central database may be away before a watcher gives up; it goes on where it was when the database is back.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);

struct Cursor {
    platform: Platform,
    run_id: String,
    number: i64,
    after: i64,
    ready: std::collections::VecDeque<Event>,
    ears: Ears,
    /// Since when the central database does not answer.
    away: Option<Instant>,
    left: Left,
}

/// What there is after the events that were read.
#[derive(Clone, Copy)]
enum Left {
    Unknown,
    /// Nothing yet.
    Later,
    /// The run is over, and its story read to the end.
    Nothing,
}

pub(super) fn watch(platform: &Platform, run: &Run, after: i64) -> BoxStream<'static, Result<Event>> {
    bell::attend(platform);
    let cursor = Cursor {
        platform: platform.clone(),
        run_id: run.id.clone(),
        number: run.number,
        after,
        ready: Default::default(),
        ears: platform.bell.ears(),
        away: None,
        left: Left::Unknown,
    };
    stream::unfold(Some(cursor), |cursor| async {
        let mut cursor = cursor?;
        match cursor.next().await {
            Ok(Some(event)) => Some((Ok(event), Some(cursor))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Cursor {
    async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.after = event.seq;
                return Ok(Some(event));
            }
            match self.left {
                Left::Unknown => {}
                Left::Later => {
                    tokio::select! {
                        () = self.platform.shutdown.cancelled() => return Ok(None),
                        () = self.ears.ring() => {}
                        () = tokio::time::sleep(self.platform.bell.patience(POLL)) => {}
                    }
                }
                Left::Nothing => return Ok(None),
            }
            self.ears.note();
            let rows = match self.look().await {
                Ok(rows) => rows,
                Err(error) if self.away.get_or_insert_with(Instant::now).elapsed() > PATIENCE => return Err(error),
                Err(error) => {
                    self.left = Left::Unknown;
                    tracing::warn!(
                        run = self.number,
                        error = error.log_text(),
                        "a watcher cannot see its run; looking again"
                    );
                    tokio::select! {
                        () = self.platform.shutdown.cancelled() => return Ok(None),
                        () = tokio::time::sleep(PAUSE) => continue,
                    }
                }
            };
            self.away = None;
            for row in rows {
                let event = self.event(row)?;
                self.ready.push_back(event);
            }
        }
    }

    /// The events that are new; notes what there is after them.
    async fn look(&mut self) -> Result<Vec<EventRow>> {
        let mut conn = self.platform.central.read().await?;
        // The pulse before the events: whatever it counts is there to be read.
        let pulse = store::pulse(&mut conn, &self.run_id).await?;
        let rows = match pulse.last_seq > self.after {
            true => store::events(&mut conn, &self.run_id, self.after, BATCH).await?,
            false => Vec::new(),
        };
        let newest = rows.last().map_or(self.after, |row| row.seq);
        self.left = match (newest < pulse.last_seq, pulse.status.is_over()) {
            // What it counted is not there any more: the run is old.
            (true, true) if rows.is_empty() => Left::Nothing,
            (true, _) => Left::Unknown,
            // More than it counted: the story has gone on since.
            (false, true) if newest > pulse.last_seq && !rows.is_empty() => Left::Unknown,
            (false, true) => Left::Nothing,
            (false, false) => Left::Later,
        };
        Ok(rows)
    }

    fn event(&self, row: EventRow) -> Result<Event> {
        Ok(Event {
            v: 1,
            seq: row.seq,
            ts: rfc3339(row.at),
            kind: stored(&row.kind)?,
            run: self.number,
            body: store::parse(&row.body)?,
        })
    }
}
