//! What a page of the console shows or asks, as the command that does the same.

use neo::actor::Permission;
use neo::error::{Error, Result};

use crate::door::Door;
use crate::line::Line;
use crate::query::Query;
use crate::rooms::{admins, channels, filters, requests, runs, servers, tenants, tokens, windows};
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
        ["tenants", "new"] => tenants::command::create(&query),
        ["tenants", "new", "adopt"] => tenants::command::adopt(&query),
        ["tenants", slug, "edit"] => {
            let tenant = neo::tenants::find(&door.platform, &door.actor, slug).await?;
            tenants::command::edit(&tenant, &query)
        }
        ["tenants", slug, "users"] if query.pairs().any(|(field, _)| field == "email") => {
            tenants::command::users::new(slug, &query)
        }
        ["tenants", slug, "users", user, act] => tenants::command::users::act(slug, user, act, &query),
        ["tenants", slug, rest @ ..] if rest.len() < 2 => tenants::command::one(slug, rest.first().copied(), &query),
        ["tenants"] => tenants::command::list(&query),
        ["tenants-list", act] => tenants::command::several::act(act, &query),
        ["runs"] => Some("neo run list".to_owned()),
        ["requests"] => Some("neo run requests".to_owned()),
        ["requests", number, rest @ ..] if rest.len() < 2 => {
            number.parse().ok().and_then(|number| requests::command::one(number, rest.first().copied(), &query))
        }
        ["migrations"] => Some("neo migrate list".to_owned()),
        ["servers"] => Some(match query.get("check") {
            Some(server) => format!("neo server check {}", quoted(server)),
            None => "neo server list".to_owned(),
        }),
        ["servers", name] if query.get("check").is_some() => Some(format!("neo server check {}", quoted(name))),
        ["servers", "new"] => servers::command::add(&query),
        ["servers", name, "edit"] => {
            let server = neo::servers::find(&door.platform, &door.actor, name).await?;
            servers::command::set(&server.name, &servers::command::as_it_is(&server), &query)
        }
        ["servers", name, "rotate-password"] => Some(format!("neo server rotate-password {}", quoted(name))),
        ["servers", name, "remove"] => Some(format!("neo server remove {}", quoted(name))),
        ["filters"] => filters::command::of(&query),
        ["doctor"] if query.has("part", "locks") => Some("neo doctor locks".to_owned()),
        ["doctor"] => Some("neo doctor".to_owned()),
        ["keys"] => Some("neo key status".to_owned()),
        ["admins"] => Some("neo admin list".to_owned()),
        ["admins", "new"] => admins::command::new(&query),
        ["admins", "invite"] => admins::command::invite(&query),
        ["admins", admin, act] => admins::command::act(admin, act, &query),
        ["channels"] => Some("neo channel list".to_owned()),
        ["channels", "new"] => channels::command::add(&query),
        ["channels", name] => Line::of("neo channel show").word(name).end(),
        ["channels", name, act] => channels::command::act(name, act),
        ["windows"] => Some("neo window list".to_owned()),
        ["windows", "new"] => windows::command::add(&query),
        ["windows", name, act] => windows::command::act(name, act),
        ["tokens", "new"] => tokens::command::create(&query),
        ["tokens", id, "revoke"] => Some(format!("neo token revoke {}", quoted(id))),
        _ => None,
    })
}
