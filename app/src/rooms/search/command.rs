//! What a page of the console shows or asks, as the command that does the same.

use neo::actor::Permission;
use neo::error::{Error, Result};

use crate::door::Door;
use crate::query::Query;
use crate::rooms::{runs, tenants};
use crate::words::quoted;

/// `page` is an address as the console has it: `/tenants?status=suspended`.
pub async fn of_page(door: &Door, page: &str) -> Result<Option<String>> {
    door.actor.authorise(Permission::View)?;
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let path = path.strip_prefix('/').ok_or_else(|| {
        Error::invalid("page", format!("\"{}\" is no address of a page", neo::error::printable(page)))
            .hint("it begins with a slash: /tenants?status=suspended")
    })?;
    let query = Query::parse(query);
    let parts: Vec<&str> = path.split('/').collect();
    Ok(match parts.as_slice() {
        ["runs", "new"] => runs::new::command::of(&door.platform, &door.actor, &query).await?,
        ["runs", number, rest @ ..] if rest.len() < 2 => {
            number.parse().ok().and_then(|number| runs::command::of_one(number, rest.first().copied(), &query))
        }
        ["tenants", "new"] => None,
        ["tenants", slug, rest @ ..] if rest.len() < 2 => tenants::command::one(slug, rest.first().copied(), &query),
        ["tenants"] => tenants::command::list(&query),
        ["runs"] => Some("neo run list".to_owned()),
        ["migrations"] => Some("neo migrate list".to_owned()),
        ["servers"] => Some(match query.get("check") {
            Some(server) => format!("neo server check {}", quoted(server)),
            None => "neo server list".to_owned(),
        }),
        ["servers", name] if query.get("check").is_some() => Some(format!("neo server check {}", quoted(name))),
        ["servers", name, "edit"] => Some(format!("neo server set {}", quoted(name))),
        ["servers", name, "rotate-password"] => Some(format!("neo server rotate-password {}", quoted(name))),
        ["servers", name, "remove"] => Some(format!("neo server remove {}", quoted(name))),
        ["admins"] => Some("neo admin list".to_owned()),
        ["tokens", id, "revoke"] => Some(format!("neo token revoke {}", quoted(id))),
        _ => None,
    })
}
