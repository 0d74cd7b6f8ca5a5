//! Who takes in something that goes on: an event stream, an export. They have a place among those that there are, and are let in for
//! as long as they would be let in anew with the role that they had.

use axum::Extension;
use neo::Platform;
use neo::actor::Actor;
use neo::error::{Kind, Result};
use neo::sessions::Audience;
use neo::tokens;

use super::AppState;
use super::address::is_trusted;
use super::connections::counted;
use super::streams::Held;
use super::visit::Visit;

/// tower-sessions' own, where a cookie was read.
pub type Cookie = Option<Extension<tower_sessions::Session>>;

/// Who watches, and by what they came in.
pub struct Watcher {
    pub actor: Actor,
    /// The id of the session; empty for a token.
    session: String,
}

/// Of a token, or of a session and its address; given back when it is dropped.
pub struct Place {
    _token: Option<tokens::Place>,
    _session: Option<Held>,
}

impl Drop for Place {
    fn drop(&mut self) {
        neo::metrics::streams(false);
    }
}

impl Watcher {
    pub fn of(visit: &Visit, cookie: Cookie) -> Result<Self> {
        let id = cookie.and_then(|Extension(session)| session.id());
        Ok(Self { actor: visit.actor()?, session: id.map(|id| id.to_string()).unwrap_or_default() })
    }

    pub fn place(&self, app: &AppState, visit: &Visit) -> Result<Place> {
        let token = tokens::follow(&app.platform, &self.actor)?;
        let session = match token {
            // A token is counted by itself: many jobs come from one address.
            Some(_) => None,
            None => {
                let trusted = &app.platform.config.trusted_proxies;
                let address = visit.address.as_deref().and_then(|address| address.parse().ok());
                let counted = address.filter(|address| !is_trusted(*address, trusted)).map(counted);
                Some(app.streams.open(counted, &self.session, &app.limits)?)
            }
        };
        neo::metrics::streams(true);
        Ok(Place { _token: token, _session: session })
    }

    /// While the central database is away nobody can tell, and there is nothing to be seen.
    pub async fn is_welcome(&self, platform: &Platform) -> bool {
        match &self.actor.token {
            Some(_) => {
                !matches!(tokens::still(platform, &self.actor).await, Err(error) if error.kind == Kind::Unauthenticated)
            }
            None => match neo::sessions::look(platform, &Audience::Central, &self.session).await {
                Ok(session) => session.is_some_and(|session| session.role >= Some(self.actor.role)),
                Err(_) => true,
            },
        }
    }
}
