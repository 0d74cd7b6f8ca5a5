//! Pages by key: a cursor holds the sort value and the id of a row, so a page costs the same at the end as at the start.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::filter::Conditions;
use super::{Filter, Page, PageRequest, Sort, Tenant, filter, store};
use crate::actor::Actor;
use crate::central::Conn;
use crate::error::{Error, Result};

/// The expression that is sorted by, as it stands in an index.
fn key(sort: Sort) -> &'static str {
    match sort {
        Sort::Slug => "t.slug",
        Sort::Name => "lower(t.name)",
        Sort::Version => "coalesce(t.version, -1)",
        Sort::Updated => "t.updated_at",
    }
}

pub(super) async fn page(conn: &mut Conn, actor: &Actor, filter: &Filter, request: &PageRequest) -> Result<Page> {
    let matching = filter::conditions(conn, actor, filter).await?;
    let total = store::count(conn, &matching).await?;
    let limit = i64::from(if request.limit == 0 { 50 } else { request.limit.min(1000) });

    let (cursor, backwards) = match (&request.after, &request.before) {
        (Some(after), _) => (Some(read(after, "after")?), false),
        (None, Some(before)) => (Some(read(before, "before")?), true),
        (None, None) => (None, false),
    };
    let descending = request.descending != backwards;
    let key = key(request.sort);
    let mut wanted = matching;
    if let Some((value, id)) = &cursor {
        let field = if backwards { "before" } else { "after" };
        let value = bind(&mut wanted, request.sort, value).ok_or_else(|| stale(field))?;
        let id = wanted.text(id.clone());
        let beyond = if descending { "<" } else { ">" };
        wanted.and(format!("({key}, t.id) {beyond} ({value}, {id})"));
    }
    let direction = if descending { "desc" } else { "asc" };
    let order = format!("{key} {direction}, t.id {direction}");
    let mut tenants = store::select(conn, &wanted, &order, Some(limit + 1)).await?;
    let more = tenants.len() as i64 > limit;
    tenants.truncate(limit as usize);
    if backwards {
        tenants.reverse();
    }
    let (ahead, behind) = if backwards { (true, more) } else { (more, cursor.is_some()) };
    let shown = tenants.len() as i64;
    // Only between the first page and the last is it counted.
    let before = match (behind, ahead) {
        (false, _) => 0,
        (true, false) => total - shown,
        (true, true) if backwards => store::count(conn, &wanted).await? - shown,
        (true, true) => total - store::count(conn, &wanted).await?,
    };
    let at = |row: Option<&Tenant>, there: bool| row.filter(|_| there).map(|t| write(request.sort, t));
    Ok(Page {
        total,
        before: before.max(0),
        next: at(tenants.last(), ahead),
        previous: at(tenants.first(), behind),
        tenants,
    })
}

fn write(sort: Sort, tenant: &Tenant) -> String {
    let value = match sort {
        Sort::Slug => json!(tenant.slug),
        // The database folds ASCII only on SQLite and more on PostgreSQL: let it fold the name itself when comparing.
        Sort::Name => json!(tenant.name),
        Sort::Version => json!(tenant.version.unwrap_or(-1)),
        Sort::Updated => json!(tenant.updated_at),
    };
    URL_SAFE_NO_PAD.encode(json!([value, tenant.id]).to_string())
}

fn read(cursor: &str, field: &'static str) -> Result<(Value, String)> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| stale(field))
}

/// `None` when the cursor belongs to another order.
fn bind(conditions: &mut Conditions, sort: Sort, value: &Value) -> Option<String> {
    Some(match sort {
        Sort::Slug => conditions.text(value.as_str()?),
        Sort::Name => format!("lower({})", conditions.text(value.as_str()?)),
        Sort::Version | Sort::Updated => conditions.number(value.as_i64()?),
    })
}

fn stale(field: &'static str) -> Error {
    Error::invalid(field, "this page's place in the list cannot be read").hint("start again from the first page")
}
