//! The server function about the fleet as a whole.

use leptos::server;
use neo_model::Fleet;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {crate::call::Function, crate::door::Door, neo::actor::Permission};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<LookAtFleet>(Permission::View)]
}

/// The counts of the fleet, its newest version, and what needs somebody.
#[server(prefix = "/api/v1", endpoint = "fleet", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn look_at_fleet() -> Result<Fleet, Problem> {
    let Door { platform, actor, .. } = Door::here()?;
    Ok(neo::fleet::look(&platform, &actor).await?)
}
