//! What the page of a server knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Probe;
use neo::error::{Kind, Result};
use neo::servers::{self, Server};

pub struct One {
    pub server: Server,
    /// How many live on it.
    pub tenants: i64,
    /// How it has answered, where it was asked.
    pub answer: Option<Result<Probe>>,
    pub actor: Actor,
}

impl One {
    pub async fn load(platform: &Platform, actor: &Actor, name: &str, check: bool) -> Result<Self> {
        let server = servers::find(platform, actor, name).await?;
        let all = servers::list(platform, actor).await?;
        let tenants = all.iter().find(|load| load.server.id == server.id).map_or(0, |load| load.tenants);
        let answer = match check {
            false => None,
            true => match servers::check(platform, actor, name).await {
                Err(error) if !matches!(error.kind, Kind::Unavailable | Kind::Conflict) => return Err(error),
                probe => Some(probe),
            },
        };
        Ok(Self { server, tenants, answer, actor: actor.clone() })
    }
}
