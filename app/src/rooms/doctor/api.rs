//! The server function of the doctor: what it is on the wire, and nothing else.

use leptos::server;
use neo_model::Diagnosis;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<Examine>(Permission::Examine).example(json!({ "locks": true }))]
}

/// Examines central database, key, servers, tenants, locks and orphans, in the order in which it should be mended. It asks every
/// server and changes nothing.
#[server(prefix = "/api/v1", endpoint = "doctor", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn examine(
    /// Only who holds the migration lock of which tenant, and who keeps a migration waiting.
    locks: Option<bool>,
) -> Result<Vec<Diagnosis>, Problem> {
    Ok(calls::examine(&Door::here()?, locks.unwrap_or_default()).await?)
}
