//! A run that is followed from afar. Where the connection is lost it is taken up at the last event that was seen.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventsource_stream::{EventStreamError, Eventsource};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use neo::cli::central::Heard;
use neo::error::{Error, Kind, Result};
use neo_model::{Event, RunDetail};

use super::client::{Client, longer, passes, pause};
use super::refusal;
use crate::rooms::runs::api::ShowRun;
use crate::web::body;

/// The console says every 15 seconds that it is there: after this long without a word the connection is gone.
const SILENCE: Duration = Duration::from_secs(45);
/// How long a console is waited for that has gone in the middle of a run: it may be made anew.
const PATIENCE: Duration = Duration::from_secs(600);

type Source = Pin<Box<dyn Stream<Item = Result<eventsource_stream::Event, EventStreamError<reqwest::Error>>> + Send>>;

struct Follower {
    client: Arc<Client>,
    run: i64,
    seen: i64,
    source: Option<Source>,
    /// Since when the console does not answer.
    away: Option<Instant>,
    wait: Option<Duration>,
    /// Somebody has been told so.
    is_told: bool,
}

/// The events after `after`, until the run is over.
pub fn follow(client: Arc<Client>, run: i64, after: i64) -> BoxStream<'static, Result<Heard>> {
    let follower = Follower { client, run, seen: after, source: None, away: None, wait: None, is_told: false };
    let heard = stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        match follower.next().await {
            Ok(Some(heard)) => Some((Ok(heard), Some(follower))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    heard.boxed()
}

impl Follower {
    async fn next(&mut self) -> Result<Option<Heard>> {
        loop {
            let Some(source) = &mut self.source else {
                match self.connect().await? {
                    Some(heard) => return Ok(Some(heard)),
                    None => continue,
                }
            };
            match tokio::time::timeout(SILENCE, source.next()).await {
                Ok(Some(Ok(event))) => {
                    let event: Event = serde_json::from_str(&event.data)
                        .map_err(|e| refusal::unread("runs/events", self.client.address(), &e))?;
                    if event.seq > self.seen {
                        self.seen = event.seq;
                        return Ok(Some(Heard::Event(event)));
                    }
                }
                // The story is told to its end, or whoever told it was stopped.
                Ok(None) => {
                    self.source = None;
                    match self.client.call_now(ShowRun { run: self.run }).await {
                        Ok(run) if self.is_all(&run) => return Ok(None),
                        Ok(_) => tokio::time::sleep(longer(None)).await,
                        Err(error) => {
                            if let Some(heard) = self.lost(error)? {
                                return Ok(Some(heard));
                            }
                        }
                    }
                }
                Ok(Some(Err(_))) | Err(_) => self.source = None,
            }
        }
    }

    fn is_all(&self, run: &RunDetail) -> bool {
        run.state.is_over() && run.last_seq <= self.seen
    }

    /// Takes the story up where it broke off.
    async fn connect(&mut self) -> Result<Option<Heard>> {
        if let Some(wait) = self.wait {
            tokio::time::sleep(wait).await;
        }
        match self.client.stream(self.run, self.seen).await {
            Ok(response) => {
                self.source = Some(Box::pin(body::events(response).eventsource()));
                (self.away, self.wait) = (None, None);
                Ok(std::mem::take(&mut self.is_told).then_some(Heard::Back))
            }
            Err(error) => self.lost(error),
        }
    }

    /// Tells once that the console is away, and gives up when that takes too long, or is not all.
    fn lost(&mut self, error: Error) -> Result<Option<Heard>> {
        if !passes(&error) {
            return Err(error);
        }
        if self.away.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            let run = self.run;
            return Err(error.hint(format!("run {run} may go on there: neo run watch {run}")));
        }
        self.wait = Some(pause(&error, longer(self.wait)));
        if error.kind == Kind::Throttled {
            // It is there, and wants to be asked less often.
            return Ok(None);
        }
        Ok((!std::mem::replace(&mut self.is_told, true)).then_some(Heard::Lost(error)))
    }
}
