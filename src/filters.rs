//! Filters of the console's lists that are kept for everybody, under a name. What is kept is what the list's own address says behind its
//! `?`, and nothing that leads elsewhere: it is read, and written anew from what that list understands.

mod store;

use neo_model::{FilterPage, SavedFilter, printable, shortened};
use serde_json::json;
use url::form_urlencoded;

use crate::actor::{Actor, Permission};
use crate::error::{Error, Result};
use crate::named;
use crate::sessions::store::turn_of;
use crate::{Platform, audit};
use store::Filter;

/// As many as anybody reads over a list.
const MOST: usize = 50;
const NAME: named::Rule = named::Rule {
    of: "filter",
    made_at: None,
    is: |name| printable(name) == name && !name.chars().any(char::is_control),
    hint: "1 to 60 characters in one line: it is what the others press",
};
/// Bytes of what an address says.
const QUERY: usize = 2000;

/// What the address of the list of tenants says of them, and in which order they stand.
const TENANTS: [&str; 12] =
    ["keys", "status", "state", "server", "version", "behind", "tag", "quarantined", "q", "sort", "dir", "limit"];
const RUNS: [&str; 2] = ["kind", "status"];

/// What the address of a list may say that is kept.
pub fn names(page: FilterPage) -> &'static [&'static str] {
    match page {
        FilterPage::Tenants => &TENANTS,
        FilterPage::Runs => &RUNS,
        FilterPage::Audit => &audit::NAMES,
    }
}

/// Those of one list, by name.
pub async fn list(platform: &Platform, actor: &Actor, page: FilterPage) -> Result<Vec<SavedFilter>> {
    authorise(actor, page)?;
    let found = store::of(&mut *platform.central.read().await?, page).await?;
    Ok(found.into_iter().map(|filter| told(actor, filter)).collect())
}

/// Keeps what the address of a list says, `status=suspended&tag=bank`, under a name, for everybody who sees that list.
pub async fn save(
    platform: &Platform,
    actor: &Actor,
    page: FilterPage,
    name: &str,
    query: &str,
) -> Result<SavedFilter> {
    authorise(actor, page)?;
    let filter = Filter {
        id: crate::id::new(),
        page,
        name: named::check(name, &NAME)?,
        query: check_query(page, query)?,
        made_by: actor.name.clone(),
        admin_id: actor.admin_id.clone(),
        created_at: 0,
    };
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    if store::of(&mut tx, page).await?.len() >= MOST {
        return Err(Error::conflict(format!("{MOST} filters of this list are kept already"))
            .hint("remove one that nobody uses"));
    }
    store::insert(&mut tx, &filter).await?;
    let body = json!({ "page": page, "query": filter.query });
    audit::record(platform, &mut tx, actor, "filter.save", &subject(&filter), &body).await?;
    let kept = store::by_id(&mut tx, &filter.id).await?.ok_or_else(|| missing(name))?;
    tx.commit().await?;
    Ok(told(actor, kept))
}

/// Whoever has kept it, or a superadmin, removes it.
pub async fn remove(platform: &Platform, actor: &Actor, id: &str) -> Result<SavedFilter> {
    actor.authorise(Permission::KeepFilters)?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let filter = store::by_id(&mut tx, id).await?.ok_or_else(|| missing(id))?;
    authorise(actor, filter.page)?;
    if !is_own(actor, &filter) {
        actor.authorise(Permission::ManageFilters)?;
    }
    store::remove(&mut tx, &filter.id).await?;
    let body = json!({ "page": filter.page, "query": filter.query });
    audit::record(platform, &mut tx, actor, "filter.remove", &subject(&filter), &body).await?;
    tx.commit().await?;
    Ok(told(actor, filter))
}

/// Whoever sees that list sees the filters of it.
fn authorise(actor: &Actor, page: FilterPage) -> Result<()> {
    actor.authorise(match page {
        FilterPage::Tenants | FilterPage::Runs => Permission::View,
        FilterPage::Audit => Permission::ReadAudit,
    })?;
    actor.authorise(Permission::KeepFilters)
}

fn is_own(actor: &Actor, filter: &Filter) -> bool {
    actor.admin_id.is_some() && actor.admin_id == filter.admin_id
}

fn told(actor: &Actor, filter: Filter) -> SavedFilter {
    SavedFilter {
        removable: is_own(actor, &filter) || actor.may(Permission::ManageFilters),
        id: filter.id,
        page: filter.page,
        name: filter.name,
        query: filter.query,
        made_by: filter.made_by,
        created_at: filter.created_at,
    }
}

/// How the audit names a filter.
fn subject(filter: &Filter) -> String {
    format!("filter:{} {}", filter.id, filter.name)
}

fn missing(id: &str) -> Error {
    Error::not_found("filter", id).hint("see which filters are kept")
}

/// As the list itself would write it.
fn check_query(page: FilterPage, query: &str) -> Result<String> {
    let query = query.trim();
    let query = query.strip_prefix('?').unwrap_or(query);
    if query.len() > QUERY {
        return Err(Error::invalid("query", "the filter says too much to be kept")
            .hint(format!("{QUERY} bytes at most; choose by a tag instead of by name")));
    }
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()).collect();
    let known = names(page);
    if let Some((name, _)) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| !known.contains(&name.as_ref()))
    {
        return Err(Error::invalid("query", format!("\"{}\" is no filter of this list", shortened(&name)))
            .hint(format!("what its address says behind the ?: {}", known.join(", "))));
    }
    if pairs.is_empty() {
        return Err(Error::invalid("query", "nothing is filtered")
            .hint("choose something first; what is kept is what the address says then"));
    }
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_elsewhere_or_says_nothing_is_not_kept() {
        let kept = |page, query: &str| check_query(page, query).map_err(|error| error.field);
        let tenants = |query: &str| kept(FilterPage::Tenants, query);
        assert_eq!(tenants("?status=suspended&tag=a&tag=b&q="), Ok("status=suspended&tag=a&tag=b".into()));
        assert_eq!(tenants("q=a%26b%0d%0aLocation:x"), Ok("q=a%26b%0D%0ALocation%3Ax".into()));
        assert_eq!(kept(FilterPage::Runs, "status=failed%2Chalted"), Ok("status=failed%2Chalted".into()));
        for elsewhere in [
            "https://evil.example/?status=active",
            "//evil.example",
            "/tenants?status=active",
            "after=x",
            "status=active&next=https://evil.example",
            "javascript:alert(1)",
            "",
            "status=",
            "#x",
        ] {
            assert_eq!(tenants(elsewhere), Err(Some("query")), "{elsewhere}");
        }
        assert_eq!(kept(FilterPage::Runs, "tag=a"), Err(Some("query")));
        assert!(tenants(&format!("q={}", "x".repeat(2000))).is_err());
        for name in ["", "  ", "two\nlines", "\u{202e}x", &"x".repeat(61)] {
            assert!(named::check(name, &NAME).is_err(), "{name:?}");
        }
        assert_eq!(named::check(" Banks: behind ", &NAME).ok().as_deref(), Some("Banks: behind"));
    }
}
