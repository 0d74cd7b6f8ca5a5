//! The pages of a new tenant: one that is made, and one whose database exists already.

pub mod adopt;
mod fields;
mod make;
pub mod page;

use neo::error::{Error, Result};

use crate::page::forms::Form;
use crate::rooms::tenants::words::proposed;

/// As it was typed, else made of the name.
fn slug(form: &Form) -> Result<String> {
    match (form.optional("slug"), form.optional("name")) {
        (Some(slug), _) => Ok(slug.to_owned()),
        (None, Some(name)) => Ok(proposed(name)),
        (None, None) => Err(Error::invalid("name", "a tenant needs a name or a slug")),
    }
}
