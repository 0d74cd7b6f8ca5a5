//! The pages of a new tenant: one that is made, and one whose database exists already.

pub mod adopt;
mod make;
pub mod page;

use neo::error::{Error, Result};
use neo::servers::ServerLoad;

use crate::page::forms::Form;
use crate::rooms::tenants::words::proposed;
use crate::ui::text::count;

/// As it was typed, else made of the name.
fn slug(form: &Form) -> Result<String> {
    match (form.optional("slug"), form.optional("name")) {
        (Some(slug), _) => Ok(slug.to_owned()),
        (None, Some(name)) => Ok(proposed(name)),
        (None, None) => Err(Error::invalid("name", "a tenant needs a name or a slug")),
    }
}

/// The servers to choose one from.
fn choices(servers: Vec<ServerLoad>) -> Vec<(String, String)> {
    let choice = |load: ServerLoad| {
        let (engine, tenants) = (load.server.engine.as_str(), count(load.tenants, "tenant"));
        let label = format!("{} · {engine} · {tenants}", load.server.name);
        (load.server.name, label)
    };
    servers.into_iter().map(choice).collect()
}
