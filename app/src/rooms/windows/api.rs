//! Server functions about maintenance windows: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{InWindow, Repeat, RunRow, WindowRow};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListWindows>(Permission::SeeWindows),
        Function::of::<WindowsOver>(Permission::View).example(json!({ "tenant": "acme" })),
        Function::of::<AddWindow>(Permission::ManageWindows).example(json!({
            "name": "no runs", "from": "fri 22:00", "to": "mon 06:00", "zone": "Europe/Berlin", "repeat": "weekly",
            "tags": ["bank"],
        })),
        Function::of::<SetWindow>(Permission::ManageWindows).example(json!({ "window": "no runs", "enabled": false })),
        Function::of::<RemoveWindow>(Permission::ManageWindows).example(json!({ "window": "no runs" })),
        Function::of::<PassWindows>(Permission::PassWindows)
            .example(json!({ "run": 1, "why": "the bank has asked for it" })),
    ]
}

/// The maintenance windows, by name, each with when it is, or comes next, and how many tenants it is about.
#[server(prefix = "/api/v1", endpoint = "windows", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_windows() -> Result<Vec<WindowRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// The windows that keep a tenant from runs now.
#[server(prefix = "/api/v1", endpoint = "windows/over", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn windows_over(
    /// Slug or id.
    tenant: String,
) -> Result<Vec<InWindow>, Problem> {
    Ok(calls::over(&Door::here()?, &tenant).await?)
}

/// Adds a window in which no run changes the tenants that it is about. Everything given of tags, tenants and a server must hold of
/// one; nothing given means all.
#[server(prefix = "/api/v1", endpoint = "windows/add", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a member of the body")]
pub async fn add_window(
    /// 1 to 60 letters, digits, spaces and - _ .
    name: String,
    /// `2026-12-04T22:00` as its zone's clocks show it, or a moment with its own zone; of one that comes every day also `22:00`, every
    /// week `fri 22:00`.
    from: String,
    /// In the same way.
    to: String,
    /// `UTC` unless said; an offset such as `+01:00`, or a name such as `Europe/Berlin`.
    zone: Option<String>,
    /// Once unless said.
    repeat: Option<Repeat>,
    /// A tenant that it is about has all of these.
    tags: Option<Vec<String>>,
    /// These tenants: slugs or ids, 100 at most.
    tenants: Option<Vec<String>>,
    /// Those on this server, by its name.
    server: Option<String>,
) -> Result<WindowRow, Problem> {
    let (tags, tenants) = (tags.unwrap_or_default(), tenants.unwrap_or_default());
    let new = calls::Wanted { name, from, to, zone, repeat: repeat.unwrap_or_default(), tags, tenants, server };
    Ok(calls::add(&Door::here()?, new).await?)
}

/// Switches a window on or off. What waited for one that is off goes on.
#[server(prefix = "/api/v1", endpoint = "windows/set", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn set_window(
    /// Its name or id.
    window: String,
    /// Whether it keeps anybody.
    enabled: bool,
) -> Result<WindowRow, Problem> {
    Ok(calls::set(&Door::here()?, &window, enabled).await?)
}

/// Removes a window. What waited for it goes on.
#[server(prefix = "/api/v1", endpoint = "windows/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_window(
    /// Its name or id.
    window: String,
) -> Result<WindowRow, Problem> {
    Ok(calls::remove(&Door::here()?, &window).await?)
}

/// Lets a run go on in spite of maintenance windows, from now to its end.
#[server(prefix = "/api/v1", endpoint = "runs/pass-windows", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn pass_windows(
    /// The run's number.
    run: i64,
    /// Why: kept with the run and in the audit.
    why: String,
) -> Result<RunRow, Problem> {
    Ok(calls::pass(&Door::here()?, run, &why).await?)
}
