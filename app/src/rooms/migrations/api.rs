//! Server functions about the fleet's migrations: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{AtLeast, Catalogued, LintLine, TenantStanding};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    super::calls, crate::call::Function, crate::door::Door, http::StatusCode, neo::actor::Permission, serde_json::json,
};

use crate::call::{Described, Get, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let version = json!({ "version": "20250126000006" });
    vec![
        Function::of::<ListMigrations>(Permission::View),
        Function::of::<ShowMigration>(Permission::View).example(version.clone()),
        Function::of::<LintMigrations>(Permission::View).example(json!({ "engine": "postgres,sqlite" })),
        Function::of::<ListStandings>(Permission::View).example(json!({ "tenant": "acme" })),
        Function::of::<LookAtLeast>(Permission::View)
            .example(version)
            .or_with(StatusCode::CONFLICT, "With `status=true`: somebody is not there."),
    ]
}

/// The fleet's migrations, the oldest first, each with what there is to say of it and how many active tenants have it.
#[server(prefix = "/api/v1", endpoint = "migrations", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_migrations() -> Result<Vec<Catalogued>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// One migration with its texts for each engine; of a large file the beginning.
#[server(prefix = "/api/v1", endpoint = "migrations/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_migration(
    /// Its version, its name, or both.
    version: String,
) -> Result<Catalogued, Problem> {
    Ok(calls::show(&Door::here()?, &version).await?)
}

/// What there is to say of the files before they run.
#[server(prefix = "/api/v1", endpoint = "migrations/lint", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn lint_migrations(
    /// Only what is newer than this version.
    since: Option<String>,
    /// Only what holds on these: postgres, mysql, sqlite; several as a comma list.
    engine: Option<String>,
) -> Result<Vec<LintLine>, Problem> {
    Ok(calls::lint(&Door::here()?, since.as_deref(), engine.as_deref()).await?)
}

/// Where each active tenant stands, from what is known: which version it has, and how many are pending.
///
/// `tenants` has the same for all that there are, page by page.
#[server(prefix = "/api/v1", endpoint = "migrations/status", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_standings(
    /// Only these tenants: slugs or ids, several as a comma list.
    tenant: Option<String>,
    /// Only those on this server.
    server: Option<String>,
    /// Only those with this tag; several as a comma list, all must be there.
    tag: Option<String>,
    /// Only those behind this version.
    behind: Option<i64>,
) -> Result<Vec<TenantStanding>, Problem> {
    Ok(calls::standings(&Door::here()?, calls::Among { tenant, server, tag, behind }).await?)
}

/// Whether every active tenant is known to be at a version or newer.
#[server(prefix = "/api/v1", endpoint = "at-least", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn look_at_least(
    /// The version, or the name of its file. It may be newer than every file.
    version: String,
    /// Let the status say it as well: 409 where somebody is not there.
    status: Option<bool>,
    /// Only these tenants: slugs or ids, several as a comma list.
    tenant: Option<String>,
    /// Only those on this server.
    server: Option<String>,
    /// Only those with this tag; several as a comma list, all must be there.
    tag: Option<String>,
    /// Only those behind this version.
    behind: Option<i64>,
) -> Result<AtLeast, Problem> {
    let door = Door::here()?;
    let answer = calls::at_least(&door, &version, calls::Among { tenant, server, tag, behind }).await?;
    if status.unwrap_or_default() && !answer.ok {
        door.answer_with(StatusCode::CONFLICT);
    }
    Ok(answer)
}
