//! The server function about the audit: what it is on the wire, and nothing else.

use leptos::server;
use neo_model::AuditRow;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, neo::audit::Said, serde_json::json,
};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<ReadAudit>(Permission::ReadAudit).example(json!({ "action": "admin", "limit": 10 }))]
}

/// Rows of the audit, the newest first.
///
/// Everything given must hold. The next page is that with `before` as the number of the last row.
#[server(prefix = "/api/v1", endpoint = "audit", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the query")]
pub async fn read_audit(
    /// Only what this actor did.
    actor: Option<String>,
    /// Only what came through this door: browser, cli, api, system.
    door: Option<String>,
    /// Only this action (`admin.create`), or all of a noun (`admin`).
    action: Option<String>,
    /// Part of what was acted on.
    subject: Option<String>,
    /// Only what was done to this tenant (slug or id) and to its users, and the runs that it was in.
    tenant: Option<String>,
    /// Only what came to this: intended, succeeded, failed.
    outcome: Option<String>,
    /// Part of anything that a row says.
    text: Option<String>,
    /// Not before this time, or this day.
    from: Option<String>,
    /// Before this time, or to the end of this day.
    until: Option<String>,
    /// Only rows before this number: the next page.
    before: Option<i64>,
    /// How many: 1 to 1000, 100 unless said.
    limit: Option<u32>,
) -> Result<Vec<AuditRow>, Problem> {
    let said = Said { actor, door, action, subject, tenant, outcome, text, from, until };
    Ok(calls::read(&Door::here()?, said.filter()?, before, limit).await?)
}
