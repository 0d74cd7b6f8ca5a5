//! Server functions about whoever is asking.

use leptos::server;
use neo_model::{Door as Through, Role};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {crate::call::Function, crate::door::Door, neo::actor::Permission};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<Me>(Permission::View)]
}

/// Who is asking, and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Described))]
pub struct Who {
    pub name: String,
    pub role: Role,
    pub door: Through,
    /// What the role allows. Some of it asks for a recent sign-in besides.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<Permission>"))]
    pub may: Vec<String>,
}

/// Who is asking, and what they may do.
#[server(prefix = "/api/v1", endpoint = "me", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn me() -> Result<Who, Problem> {
    let actor = Door::here()?.actor;
    let allowed = Permission::ALL.into_iter().filter(|permission| actor.may(*permission)).collect::<Vec<_>>();
    let words = serde_json::to_value(allowed).and_then(serde_json::from_value).map_err(neo::Error::internal)?;
    Ok(Who { name: actor.name, role: actor.role, door: actor.door, may: words })
}
