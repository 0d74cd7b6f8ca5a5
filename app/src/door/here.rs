//! Who calls a server function. The handler hands it over beside the arguments, which are the caller's to choose.

use std::sync::{Arc, OnceLock};

use axum::http::StatusCode;
use neo::Platform;
use neo::actor::Actor;
use neo::error::{Error, Result};

use super::visit::Visit;

tokio::task_local! {
    static HERE: Door;
}

/// What a server function has at hand: the platform, who is asking, and the request it came with.
#[derive(Clone)]
pub struct Door {
    pub platform: Platform,
    pub actor: Actor,
    pub visit: Visit,
    /// The `Idempotency-Key` of the call.
    pub key: Option<String>,
    /// The `If-None-Match` of the call: what of its answer the caller has already.
    has: Option<String>,
    /// The status that the function wants its answer to have.
    status: Arc<OnceLock<StatusCode>>,
    /// What tells its answer from others.
    tag: Arc<OnceLock<String>>,
}

impl Door {
    /// For whoever is known here; nobody else gets through.
    pub fn of(platform: &Platform, visit: &Visit) -> Result<Self> {
        Ok(Self {
            platform: platform.clone(),
            actor: visit.actor()?,
            visit: visit.clone(),
            key: None,
            has: None,
            status: Arc::default(),
            tag: Arc::default(),
        })
    }

    /// The same for a call that bears this key.
    pub fn with_key(self, key: Option<String>) -> Self {
        Self { key, ..self }
    }

    /// The same for a caller that has this already.
    pub fn having(self, has: Option<String>) -> Self {
        Self { has, ..self }
    }

    /// The answer has this tag. True where the caller has it already: nothing of it is sent then, so nothing needs to be put together.
    pub fn is_had(&self, tag: &str) -> bool {
        // Only one thing is said of an answer.
        let tag = self.tag.get_or_init(|| format!("\"{tag}\""));
        let had = self.has.as_deref().into_iter().flat_map(|has| has.split(','));
        had.map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
    }

    /// The tag of the answer, and whether the caller has it.
    pub fn tag(&self) -> Option<(&str, bool)> {
        let tag = self.tag.get()?;
        Some((tag, self.is_had(tag.trim_matches('"'))))
    }

    /// The answer is the function's own, and its status says what it amounts to.
    pub fn answer_with(&self, status: StatusCode) {
        // Only one thing is said of an answer.
        let _ = self.status.set(status);
    }

    /// The status that was asked for.
    pub fn status(&self) -> Option<StatusCode> {
        self.status.get().copied()
    }

    /// The door that the call under way came through.
    pub fn here() -> Result<Self> {
        HERE.try_with(Clone::clone).map_err(|_| Error::internal("a server function was called past the door"))
    }

    /// Answers a call that came through this door.
    pub async fn let_in<F: Future>(self, call: F) -> F::Output {
        HERE.scope(self, call).await
    }
}
