//! Who calls a server function. The handler hands it over beside the arguments, which are the caller's to choose.

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
}

impl Door {
    /// For whoever is known here; nobody else gets through.
    pub fn of(platform: &Platform, visit: &Visit) -> Result<Self> {
        Ok(Self { platform: platform.clone(), actor: visit.actor()?, visit: visit.clone() })
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
