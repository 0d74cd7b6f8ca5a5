//! Following a run: the events as they were committed, from any number on. The rows are the truth; a bell and a slow poll only
//! say when to look.

use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};

use super::store::{self, EventRow};
use super::{Event, Run};
use crate::Platform;
use crate::clock::rfc3339;
use crate::error::Result;

/// Other processes ring no bell here: their events are seen by looking.
const POLL: Duration = Duration::from_millis(120);
const BATCH: i64 = 500;

struct Cursor {
    platform: Platform,
    run_id: String,
    number: i64,
    after: i64,
    ready: std::collections::VecDeque<Event>,
}

pub(super) fn watch(platform: &Platform, run: &Run, after: i64) -> BoxStream<'static, Result<Event>> {
    let cursor = Cursor {
        platform: platform.clone(),
        run_id: run.id.clone(),
        number: run.number,
        after,
        ready: Default::default(),
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
            let bell = self.platform.bell.notified();
            let (rows, over) = {
                let mut conn = self.platform.central.read().await?;
                // The pulse before the events: whatever it counts is there to be read.
                let pulse = store::pulse(&mut conn, &self.run_id).await?;
                let rows = match pulse.last_seq > self.after {
                    true => store::events(&mut conn, &self.run_id, self.after, BATCH).await?,
                    false => Vec::new(),
                };
                (rows, pulse.status.is_over() && pulse.last_seq <= self.after)
            };
            if over {
                return Ok(None);
            }
            if rows.is_empty() {
                tokio::select! {
                    () = self.platform.shutdown.cancelled() => return Ok(None),
                    () = bell => {}
                    () = tokio::time::sleep(POLL) => {}
                }
                continue;
            }
            for row in rows {
                let event = self.event(row)?;
                self.ready.push_back(event);
            }
        }
    }

    fn event(&self, row: EventRow) -> Result<Event> {
        Ok(Event {
            v: 1,
            seq: row.seq,
            ts: rfc3339(row.at),
            kind: row.kind,
            run: self.number,
            body: store::parse(&row.body)?,
        })
    }
}
