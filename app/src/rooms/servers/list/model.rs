//! What the list of servers knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Probe;
use neo::error::{Kind, Result};
use neo::servers::{self, ServerLoad};

pub struct List {
    pub servers: Vec<ServerLoad>,
    pub checked: Option<Checked>,
    pub actor: Actor,
}

/// How the server that was asked for has answered.
pub struct Checked {
    pub name: String,
    pub probe: Result<Probe>,
}

impl List {
    /// `check` is asked whether it answers.
    pub async fn load(platform: &Platform, actor: &Actor, check: Option<&str>) -> Result<Self> {
        let servers = servers::list(platform, actor).await?;
        let checked = match check {
            None => None,
            Some(name) => match servers::check(platform, actor, name).await {
                Err(error) if error.kind != Kind::Unavailable => return Err(error),
                probe => Some(Checked { name: name.to_owned(), probe }),
            },
        };
        Ok(Self { servers, checked, actor: actor.clone() })
    }
}
