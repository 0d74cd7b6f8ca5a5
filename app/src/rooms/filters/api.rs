//! Server functions about filters that are kept: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{FilterPage, SavedFilter};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let may = Permission::KeepFilters;
    vec![
        Function::of::<ListFilters>(may).example(json!({ "page": "tenants" })),
        Function::of::<SaveFilter>(may)
            .example(json!({ "page": "tenants", "name": "Banks", "query": "status=active&tag=bank" })),
        Function::of::<RemoveFilter>(may).example(json!({ "filter": "k3x9" })),
    ]
}

/// The filters that are kept of one list of the console, by name. Those of the audit are for whoever may read it.
#[server(prefix = "/api/v1", endpoint = "filters", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_filters(
    /// The list.
    page: FilterPage,
) -> Result<Vec<SavedFilter>, Problem> {
    Ok(calls::list(&Door::here()?, page).await?)
}

/// Keeps a filter of a list for everybody.
#[server(prefix = "/api/v1", endpoint = "filters/save", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn save_filter(
    /// The list.
    page: FilterPage,
    /// 1 to 60 characters.
    name: String,
    /// What the list's address says behind its `?`, in the words of that list: `status=active&tag=bank`.
    query: String,
) -> Result<SavedFilter, Problem> {
    Ok(calls::save(&Door::here()?, page, &name, &query).await?)
}

/// Removes a filter: one's own, and for superadmins anybody's.
#[server(prefix = "/api/v1", endpoint = "filters/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_filter(
    /// Its id.
    filter: String,
) -> Result<SavedFilter, Problem> {
    Ok(calls::remove(&Door::here()?, &filter).await?)
}
