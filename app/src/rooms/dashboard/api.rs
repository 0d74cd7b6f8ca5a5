//! The server function about the fleet as a whole.

use leptos::server;
use neo::actor::Permission;
use neo::fleet::{self, Fleet};
use serde::{Deserialize, Serialize};

use crate::call::{Described, Function, Get, Problem};
use crate::door::Door;

pub fn functions() -> Vec<Function> {
    vec![Function::of::<LookAtFleet>(Permission::View)]
}

/// The counts of the fleet, its newest version, and what needs somebody.
#[server(prefix = "/api/v1", endpoint = "fleet", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn look_at_fleet() -> Result<Fleet, Problem> {
    Ok(look(&Door::here()?).await?)
}

pub async fn look(door: &Door) -> neo::Result<Fleet> {
    fleet::look(&door.platform, &door.actor).await
}
