//! Server functions about tenants: what each is on the wire, and the plain function that pages call in process.

use leptos::server;
use neo::actor::Permission;
use neo::migrations::Set;
use neo::tenants::{self, Detail, PageRequest, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::links;
use crate::call::{Described, Function, Get, Post, Problem};
use crate::door::Door;
use crate::query::Query;

pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListTenants>(Permission::View).example(json!({ "status": "active,suspended", "limit": 2 })),
        Function::of::<ShowTenant>(Permission::View).example(json!({ "tenant": "acme" })),
        Function::of::<SuspendTenant>(Permission::EditTenants).example(json!({ "tenant": "acme" })),
    ]
}

/// A page of tenants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tenants {
    pub tenants: Vec<Row>,
    /// How many match, on all pages.
    pub total: i64,
    /// What to ask for as `after`; null on the last page.
    pub next: Option<String>,
}

/// The tenants that match, in the order of their slugs.
///
/// Everything given must hold. Without `status` it is all but the deleted.
#[server(prefix = "/api/v1", endpoint = "tenants", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_tenants(
    /// Part of slug, name or id.
    q: Option<String>,
    /// provisioning, active, suspended, archived, deleted, failed; several as a comma list.
    status: Option<String>,
    /// What was seen last: current, behind, failed, drifted, unreachable, unknown; several as a comma list.
    state: Option<String>,
    /// The same as `state`.
    result: Option<String>,
    /// The name of the server they live on.
    server: Option<String>,
    /// Several as a comma list; all must be there.
    tag: Option<String>,
    /// Behind this version; `latest` is the newest there is.
    behind: Option<String>,
    /// Only those that runs on the fleet leave out now.
    quarantined: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
) -> Result<Tenants, Problem> {
    let lists = [("status", status), ("state", state), ("state", result), ("tag", tag)];
    let single = [
        ("q", q),
        ("server", server),
        ("behind", behind),
        ("quarantined", quarantined.filter(|q| *q).map(|_| "yes".into())),
    ];
    let pairs = lists.into_iter().flat_map(|(name, list)| {
        let list = list.unwrap_or_default();
        list.split(',').map(|value| (name.to_owned(), value.trim().to_owned())).collect::<Vec<_>>()
    });
    let pairs = pairs.chain(single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(list(&Door::here()?, &pairs.collect(), after, limit).await?)
}

/// `query` is what the list's page has in its address.
pub async fn list(door: &Door, query: &Query, after: Option<String>, limit: Option<u32>) -> neo::Result<Tenants> {
    let limit = limit.unwrap_or(50);
    if !(1..=1000).contains(&limit) {
        return Err(neo::Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"));
    }
    // A broken folder must not hide the tenants: what is pending is then unknown.
    let set = Set::load(&door.platform.config.tenant_migrations).await.ok();
    let filter = links::read(query, set.as_ref().and_then(Set::latest))?;
    let request = PageRequest { after, limit, ..PageRequest::default() };
    let page = tenants::list(&door.platform, &door.actor, &filter, &request).await?;
    let tenants = page.tenants.into_iter().map(|tenant| Row::new(tenant, set.as_ref())).collect();
    Ok(Tenants { tenants, total: page.total, next: page.next })
}

/// One tenant, with the steps of its provisioning and how its schema stands to the others'.
#[server(prefix = "/api/v1", endpoint = "tenants/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_tenant(
    /// Slug or id.
    tenant: String,
    /// Also who holds its migration lock, which its server is asked for.
    lock: Option<bool>,
) -> Result<Detail, Problem> {
    Ok(show(&Door::here()?, &tenant, lock.unwrap_or_default()).await?)
}

pub async fn show(door: &Door, key: &str, lock: bool) -> neo::Result<Detail> {
    let Door { platform, actor, .. } = door;
    let tenant = tenants::find(platform, actor, key).await?;
    let lock = if lock { Some(tenants::lock_holder(platform, actor, &tenant.id).await?) } else { None };
    Ok(Detail { lock, ..Detail::of(platform, actor, tenant).await? })
}

/// Keeps a tenant's users out; runs on the fleet leave it out.
#[server(prefix = "/api/v1", endpoint = "tenants/suspend", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn suspend_tenant(
    /// Slug or id.
    tenant: String,
) -> Result<Row, Problem> {
    Ok(suspend(&Door::here()?, &tenant).await?)
}

pub async fn suspend(door: &Door, key: &str) -> neo::Result<Row> {
    let tenant = tenants::suspend(&door.platform, &door.actor, key).await?;
    Ok(row(door, tenant).await)
}

/// A tenant as it is now, beside the files.
async fn row(door: &Door, tenant: tenants::Tenant) -> Row {
    Row::new(tenant, Set::load(&door.platform.config.tenant_migrations).await.ok().as_ref())
}
