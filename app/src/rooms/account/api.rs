//! Server functions about whoever is asking.

use leptos::server;
use neo::actor::{Door as Through, Permission, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Described, Function, Get, Problem};
use crate::door::Door;

/// Who is asking, and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Who {
    pub name: String,
    pub role: Role,
    pub door: Through,
    /// What the role allows. Some of it asks for a recent sign-in besides.
    pub may: Vec<Permission>,
}

/// Who is asking, and what they may do.
#[server(prefix = "/api/v1", endpoint = "me", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn me() -> Result<Who, Problem> {
    Ok(who(&Door::here()?))
}

pub fn who(door: &Door) -> Who {
    let actor = &door.actor;
    let may = Permission::ALL.into_iter().filter(|permission| actor.may(*permission)).collect();
    Who { name: actor.name.clone(), role: actor.role, door: actor.door, may }
}

pub fn functions() -> Vec<Function> {
    vec![Function::of::<Me>(Permission::View)]
}
