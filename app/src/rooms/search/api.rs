//! The server function that finds things by their names.

use leptos::server;
use neo_model::{CommandLine, Hit};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    super::calls, super::command, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json,
};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<Search>(Permission::View).example(json!({ "q": "acme" })),
        Function::of::<CommandOf>(Permission::View).example(json!({ "page": "/tenants?status=suspended" })),
    ]
}

/// Pages, tenants, runs and migrations by name or number, and acts by a verb and what it is about (`migrate acme`); without a text,
/// all pages. An act has the call that carries it out.
#[server(prefix = "/api/v1", endpoint = "search", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn search(
    /// Part of the name of a page, of a migration, or of a tenant's slug, name or id; the number of a run; or what is to be done.
    q: Option<String>,
) -> Result<Vec<Hit>, Problem> {
    Ok(calls::search(&Door::here()?, q.as_deref().unwrap_or_default()).await?)
}

/// What a page of the console shows or asks, as a command: null where the command line has none that says the same.
#[server(prefix = "/api/v1", endpoint = "command", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn command_of(
    /// The page's address, or its form's with what is typed: `/runs/new?keys=acme&reason=now`.
    page: String,
) -> Result<CommandLine, Problem> {
    Ok(CommandLine { command: command::of_page(&Door::here()?, &page).await? })
}
