//! A new tenant as it was typed.

use neo::error::{Error, Result};
use neo::tenants::{FirstAdmin, NewTenant, PasswordHash};

use crate::door::Door;
use crate::page::forms::Form;
use crate::rooms::tenants::calls::making;

/// The first admin's fields have names of their own on the command line.
fn here(error: Error) -> Error {
    match error.field {
        Some("admin_email") => error.on("email"),
        Some("admin_first_name") => error.on("first_name"),
        Some("admin_last_name") => error.on("last_name"),
        Some("admin_password") => error.on("password"),
        _ => error,
    }
}

/// Begins it, and answers with its slug.
pub async fn make(door: &Door, new: NewTenant) -> Result<String> {
    Ok(making::begin(door, new).await.map_err(here)?.tenant)
}

impl TryFrom<&Form> for NewTenant {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self {
            slug: super::slug(form)?,
            name: form.optional("name").map(str::to_owned),
            server: form.optional("server").map(str::to_owned),
            tags: form.text("tags").split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect(),
            admin: first_admin(form)?,
            password_hash: form.optional("password_hash").map_or(Ok(PasswordHash::default()), str::parse)?,
            detached: false,
        })
    }
}

/// All of the fields or none of them.
fn first_admin(form: &Form) -> Result<Option<FirstAdmin>> {
    const FIELDS: [&str; 3] = ["email", "first_name", "last_name"];
    if FIELDS.iter().all(|field| form.text(field).is_empty()) && form.raw("password").is_empty() {
        return Ok(None);
    }
    for field in FIELDS {
        if form.text(field).is_empty() {
            return Err(Error::invalid(
                field,
                "the first admin needs an email, a first and a last name, and a password",
            ));
        }
    }
    Ok(Some(FirstAdmin {
        email: form.text("email").to_owned(),
        password: form.secret("password"),
        first_name: form.text("first_name").to_owned(),
        last_name: form.text("last_name").to_owned(),
    }))
}
