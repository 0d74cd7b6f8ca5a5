//! Where the pages of the audit are, and which rows an address means.

use neo::audit::{Filter, NAMES, Row};
use neo::error::Result;

use crate::query::Query;
use crate::rooms::admins::links as admins;
use crate::rooms::runs::links as runs;
use crate::rooms::servers::links as servers;
use crate::rooms::tenants::links as tenants;

pub const LIST: &str = "/audit";
pub const EXPORT: &str = "/audit/export";

pub fn read(query: &Query) -> Result<Filter> {
    Filter::read(|name| query.get(name).map(str::to_owned))
}

/// Only what chooses rows.
pub fn selection(query: &Query) -> Query {
    query
        .pairs()
        .filter(|(name, _)| NAMES.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub fn export(chosen: &Query, format: &str) -> String {
    selection(chosen).with("format", format).href(EXPORT)
}

/// The same list at the same place, with this row open; without one, with none.
pub fn opened(query: &Query, path: &str, seq: Option<i64>) -> String {
    let rest =
        query.pairs().filter(|(name, _)| *name != "open").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let open = seq.map(|seq| ("open".to_owned(), seq.to_string()));
    let list = rest.chain(open).collect::<Query>().href(path);
    seq.map_or(list.clone(), |seq| format!("{list}#row-{seq}"))
}

/// One row, wherever in the list it stands.
pub fn row(seq: i64) -> String {
    opened(&Query::default(), LIST, Some(seq))
}

/// The page of what was acted on, where it has one.
pub fn subject(row: &Row) -> Option<String> {
    if row.subject.starts_with("admin:") {
        return Some(admins::LIST.to_owned());
    }
    let (noun, rest) = row.subject.split_once(':')?;
    let (id, name) = rest.split_once(' ').unwrap_or((rest, ""));
    match noun {
        "tenant" => Some(tenants::one(id)),
        "tenant_user" => row.body["tenant"].as_str().map(|slug| tenants::part(slug, "users")),
        "run" => id.parse().ok().map(runs::one),
        "server" => Some(servers::one(name)),
        _ => None,
    }
}

/// One filter in force, and the page without it.
pub fn chips(query: &Query, path: &str) -> Vec<(String, String)> {
    let shown = query.pairs().filter(|(name, value)| NAMES.contains(name) && !value.is_empty());
    shown
        .map(|(name, value)| {
            let label = match name {
                "actor" => format!("by {value}"),
                "door" => format!("door is {value}"),
                "action" => format!("act is {value}"),
                "subject" => format!("subject has “{value}”"),
                "text" => format!("contains “{value}”"),
                "from" | "until" => format!("{name} {value}"),
                other => format!("{other} is {value}"),
            };
            (label, query.without("open").without_value(name, value).href(path))
        })
        .collect()
}
