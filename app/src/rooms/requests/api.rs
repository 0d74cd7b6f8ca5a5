//! Server functions about requests: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{RequestDetail, RequestRow, RequestRows};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let said = || json!({ "request": 1, "why": "release 42" });
    vec![
        Function::of::<ListRequests>(Permission::View).example(json!({ "state": "open", "limit": 2 })),
        Function::of::<ShowRequest>(Permission::View).example(json!({ "request": 1 })),
        Function::of::<ApproveRequest>(Permission::Operate).accepted().example(said()),
        Function::of::<DeclineRequest>(Permission::View).example(said()),
    ]
}

/// What waits, or has waited, for somebody's yes: the newest first.
#[server(prefix = "/api/v1", endpoint = "runs/requests", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_requests(
    /// open, approved, declined, used, expired, outdated; several as a comma list. All unless said.
    state: Option<String>,
    /// The `next` of the page before: only requests before this number.
    before: Option<i64>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
) -> Result<RequestRows, Problem> {
    Ok(calls::list(&Door::here()?, state.as_deref(), before, limit).await?)
}

/// One request, with its plan: the files with their checksums, the tenants as they stood.
#[server(prefix = "/api/v1", endpoint = "runs/requests/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_request(
    /// Its number.
    request: i64,
) -> Result<RequestDetail, Problem> {
    Ok(calls::show(&Door::here()?, request).await?)
}

/// Says yes to what somebody else has asked for, and begins it: exactly its plan, or nothing.
///
/// For whoever may do alone what was asked for. Where files, tenants or versions have changed since, it is outdated (409): nothing
/// is begun, and the same is asked for anew. A run that it becomes is its `run`; while a deletion goes on it is `approved`.
#[server(prefix = "/api/v1", endpoint = "runs/approve", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn approve_request(
    /// Its number.
    request: i64,
    /// A word to it, for the record: up to 1000 characters.
    why: Option<String>,
) -> Result<RequestRow, Problem> {
    Ok(calls::approve(&Door::here()?, request, why.as_deref()).await?)
}

/// Says no to a request, or takes back one's own: nothing comes of it.
#[server(prefix = "/api/v1", endpoint = "runs/decline", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn decline_request(
    /// Its number.
    request: i64,
    /// A word to it, for the record: up to 1000 characters.
    why: Option<String>,
) -> Result<RequestRow, Problem> {
    Ok(calls::decline(&Door::here()?, request, why.as_deref()).await?)
}
