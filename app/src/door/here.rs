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
    /// The status that the function wants its answer to have.
    status: Arc<OnceLock<StatusCode>>,
}

impl Door {
    /// For whoever is known here; nobody else gets through.
    pub fn of(platform: &Platform, visit: &Visit) -> Result<Self> {
        Ok(Self {
            platform: platform.clone(),
            actor: visit.actor()?,
            visit: visit.clone(),
            key: None,
            status: Arc::default(),
        })
    }

    /// The same for a call that bears this key.
    pub fn with_key(self, key: Option<String>) -> Self {
        Self { key, ..self }
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
