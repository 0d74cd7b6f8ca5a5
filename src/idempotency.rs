//! What may be asked again without fear: a call with a key is done once, and whoever asks again with the same key and the same
//! body within a day is answered what the first was. Also when both come at once: the second waits for the first.
//!
//! The act goes on when whoever asked has gone away: its answer waits for the next time. Only an answer is kept: what was refused
//! has done nothing, and may be tried again.

mod store;

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::Platform;
use crate::actor::Actor;
use crate::error::{Error, Kind, Result};

/// How long an answer is kept.
pub(crate) const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Characters of a key.
const LONGEST: usize = 128;
/// For so long somebody who is at it is believed to live; they say so more often.
const LEASE: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(8);
/// How long a second waits for the first before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);

/// An answer as it went out: its status, and its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// What there is under a key.
enum Standing {
    /// Nothing: it is ours now.
    Ours,
    /// Somebody is at it.
    Busy,
    Answered(Answer),
    /// The key was used for something else.
    Other,
}

/// Does `act` unless this actor's `key` has been here before with this function; `digest` is of the body.
/// [`Kind::Invalid`] when it was here with another body, [`Kind::Conflict`] when the first is not done yet.
pub async fn once(
    platform: &Platform,
    actor: &Actor,
    function: &str,
    key: &str,
    digest: &str,
    act: impl Future<Output = Result<Answer>> + Send + 'static,
) -> Result<Answer> {
    let length = key.chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(Error::invalid("Idempotency-Key", format!("an Idempotency-Key has 1 to {LONGEST} characters"))
            .cause(format!("this one has {length}")));
    }
    let place =
        Place { who: actor.key(), function: function.to_owned(), key: key.to_owned(), holder: crate::id::new() };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut tx = platform.central.write().await?;
        let standing = store::take(&mut tx, &place, digest, LEASE).await?;
        tx.commit().await?;
        match standing {
            Standing::Ours => break,
            Standing::Answered(answer) => return Ok(answer),
            Standing::Other => {
                return Err(Error::invalid("Idempotency-Key", "this Idempotency-Key was used with another body")
                    .hint("the same key says the same again; something new wants a new one"));
            }
            Standing::Busy if Instant::now() >= deadline => {
                return Err(Error::new(Kind::Conflict, "the first call with this Idempotency-Key is not done yet")
                    .hint("ask again in a moment, with the same key")
                    .retry_after(5));
            }
            Standing::Busy => sleep(LOOK).await,
        }
    }
    // In a task of its own: whoever asked may be gone before it is done.
    let platform = platform.clone();
    tokio::spawn(async move { place.hold_while(&platform, act).await }).await.map_err(Error::internal)?
}

/// A key of somebody's, and who is at it.
struct Place {
    who: String,
    function: String,
    key: String,
    holder: String,
}

impl Place {
    async fn hold_while(self, platform: &Platform, act: impl Future<Output = Result<Answer>> + Send) -> Result<Answer> {
        let answer = {
            let mut act = std::pin::pin!(act);
            loop {
                tokio::select! {
                    answer = &mut act => break answer,
                    () = sleep(HEARTBEAT) => if let Err(error) = self.renew(platform).await {
                        tracing::warn!(error = error.log_text(), "an act with a key could not say that it goes on");
                    }
                }
            }
        };
        let kept = async {
            let mut tx = platform.central.write().await?;
            match &answer {
                Ok(answer) => store::keep(&mut tx, &self, answer).await?,
                Err(_) => store::free(&mut tx, &self).await?,
            }
            Ok::<_, Error>(tx.commit().await?)
        };
        // It is done, whether or not that could be kept.
        if let Err(error) = kept.await {
            tracing::error!(error = error.log_text(), "what came of an act with a key could not be kept");
        }
        answer
    }

    async fn renew(&self, platform: &Platform) -> Result<()> {
        let mut tx = platform.central.write().await?;
        store::renew(&mut tx, self, LEASE).await?;
        Ok(tx.commit().await?)
    }
}
