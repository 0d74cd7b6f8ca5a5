//! The server function about the audit: what it is on the wire, and nothing else.

use leptos::server;
use neo_model::AuditRow;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![Function::of::<ReadAudit>(Permission::ReadAudit).example(json!({ "action": "admin", "limit": 10 }))]
}

/// Rows of the audit, the newest first.
///
/// Everything given must hold. The next page is that with `before` as the number of the last row.
#[server(prefix = "/api/v1", endpoint = "audit", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn read_audit(
    /// Only what this actor did.
    actor: Option<String>,
    /// Only this action (`admin.create`), or all of a noun (`admin`).
    action: Option<String>,
    /// Part of what was acted on.
    subject: Option<String>,
    /// Only rows before this number: the next page.
    before: Option<i64>,
    /// How many: 1 to 1000, 100 unless said.
    limit: Option<u32>,
) -> Result<Vec<AuditRow>, Problem> {
    let asked = calls::Asked { actor, action, subject, before, limit };
    Ok(calls::read(&Door::here()?, asked).await?)
}
