//! The server function that finds things by their names.

use leptos::server;
use neo_model::Hit;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<Search>(Permission::View).example(json!({ "q": "acme" }))]
}

/// Pages, tenants and runs by name or number; without a text, all pages.
#[server(prefix = "/api/v1", endpoint = "search", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn search(
    /// Part of the name of a page, or of a tenant's slug, name or id; or the number of a run.
    q: Option<String>,
) -> Result<Vec<Hit>, Problem> {
    Ok(calls::search(&Door::here()?, q.as_deref().unwrap_or_default()).await?)
}
