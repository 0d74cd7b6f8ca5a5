//! Where the pages of tenants are, and which tenants an address means: the list and the selection of a new run read the same
//! words.

use neo::error::{Error, Result};
use neo::tenants::{Filter, State, Status, Tenant};

use crate::query::{Query, segment};
use crate::ui::text;
use crate::words;

pub const LIST: &str = "/tenants";
pub const NEW: &str = "/tenants/new";
/// Below the one slug that no tenant has.
pub const ADOPT: &str = "/tenants/new/adopt";

pub fn one(slug: &str) -> String {
    format!("{LIST}/{}", segment(slug))
}

/// Of a tenant that is deleted by its id: the slug may be another's by now.
pub fn of(tenant: &Tenant) -> String {
    one(if tenant.status == Status::Deleted { &tenant.id } else { &tenant.slug })
}

/// A tab of a tenant's page, or what is done to the tenant: `users`, `suspend`.
pub fn part(slug: &str, part: &str) -> String {
    format!("{}/{part}", one(slug))
}

/// One of a tenant's users, by their id there.
pub fn user(slug: &str, id: &str) -> String {
    format!("{}/{}", part(slug, "users"), segment(id))
}

/// What is done to them: `role`, `link`.
pub fn user_act(slug: &str, id: &str, act: &str) -> String {
    format!("{}/{act}", user(slug, id))
}

/// More of what was chosen is not taken back one by one.
const CHIPS: usize = 100;

/// The words of the query that choose tenants.
pub const NAMES: [&str; 9] = ["keys", "status", "state", "server", "version", "behind", "tag", "quarantined", "q"];

/// Everything but the deleted, unless a status is asked for.
const SHOWN: [Status; 5] = [Status::Provisioning, Status::Active, Status::Suspended, Status::Archived, Status::Failed];

fn statuses(query: &Query) -> Result<Vec<Status>> {
    query.all("status").map(|w| words::parse("status", w)).collect()
}

/// Whether active tenants are among those that an address means.
pub fn has_active(query: &Query) -> Result<bool> {
    let statuses = statuses(query)?;
    Ok(statuses.is_empty() || statuses.contains(&Status::Active))
}

/// Those to whom something is done: where nobody knows what `behind=latest` means, it is not everybody.
pub fn meant(query: &Query, latest: Option<i64>) -> Result<Filter> {
    if query.has("behind", "latest") && latest.is_none() {
        return Err(Error::invalid("behind", "which version is the latest is not known").hint("say the version itself"));
    }
    read(query, latest)
}

/// `latest` is what `behind=latest` means.
pub fn read(query: &Query, latest: Option<i64>) -> Result<Filter> {
    let statuses = statuses(query)?;
    Ok(Filter {
        keys: query.all("keys").map(str::to_owned).collect(),
        statuses: if statuses.is_empty() { SHOWN.to_vec() } else { statuses },
        server: query.get("server").map(str::to_owned),
        latest,
        tags: query.all("tag").map(str::to_owned).collect(),
        states: query.all("state").map(|w| words::parse::<State>("state", w)).collect::<Result<_>>()?,
        behind: match query.get("behind") {
            Some("latest") => latest,
            Some(_) => Some(version(query, "behind")?),
            None => None,
        },
        version: query.get("version").map(|_| version(query, "version")).transpose()?,
        quarantined: query.get("quarantined").is_some(),
        text: query.get("q").map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()),
    })
}

fn version(query: &Query, name: &'static str) -> Result<i64> {
    query.number(name).ok_or_else(|| {
        Error::invalid(name, format!("\"{}\" is not a version", neo::error::printable(query.text(name))))
            .hint("a version is the number a migration's file begins with")
    })
}

/// Only what chooses tenants, for another page.
pub fn selection(query: &Query) -> Query {
    query.pairs().filter(|(n, _)| NAMES.contains(n)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// One filter in force, and the page without it.
pub struct Chip {
    pub label: String,
    pub href: String,
}

pub fn chips(query: &Query, path: &str) -> Vec<Chip> {
    query
        .pairs()
        .filter(|(name, value)| NAMES.contains(name) && !value.is_empty())
        // Each holds all the others.
        .take(CHIPS)
        .map(|(name, value)| Chip { label: label(name, value), href: query.without_value(name, value).href(path) })
        .collect()
}

fn label(name: &str, value: &str) -> String {
    let short = || value.parse().map_or_else(|_| value.to_owned(), |v| text::version(Some(v)));
    match name {
        "keys" => format!("tenant is {value}"),
        "state" => format!("last result is {value}"),
        "quarantined" => "in quarantine".to_owned(),
        "q" => format!("contains “{value}”"),
        "behind" => format!("behind {}", short()),
        "version" => format!("version is {}", short()),
        other => format!("{other} is {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_a_filter() {
        let query = Query::parse("status=suspended&server=pg-eu-1&behind=latest&tag=a&tag=b&q=+acme+&sort=name");
        let filter = read(&query, Some(6)).unwrap_or_default();
        assert_eq!(filter.statuses, [Status::Suspended]);
        assert_eq!(
            (filter.server.as_deref(), filter.behind, filter.text.as_deref()),
            (Some("pg-eu-1"), Some(6), Some("acme"))
        );
        assert_eq!(filter.tags, ["a", "b"]);
        assert_eq!(selection(&query).href("/runs/new").matches('=').count(), 6);
    }

    #[test]
    fn deleted_tenants_are_shown_only_when_asked_for() {
        assert!(!read(&Query::default(), None).unwrap_or_default().statuses.contains(&Status::Deleted));
    }

    #[test]
    fn an_unknown_word_is_refused_by_name() {
        assert_eq!(read(&Query::parse("status=asleep"), None).map_err(|e| e.field), Err(Some("status")));
        assert_eq!(read(&Query::parse("behind=x"), None).map_err(|e| e.field), Err(Some("behind")));
    }
}
