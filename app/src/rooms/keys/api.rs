//! The server function about keys: what it is on the wire, and nothing else.

use leptos::server;
use neo_model::KeyStatus;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<ShowKeys>(Permission::SeeKeys)]
}

/// How many credentials each key seals, by the keys' ids; no key is in it.
#[server(prefix = "/api/v1", endpoint = "keys", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_keys() -> Result<KeyStatus, Problem> {
    Ok(calls::status(&Door::here()?).await?)
}
