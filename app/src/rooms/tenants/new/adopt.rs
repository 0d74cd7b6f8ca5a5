//! A tenant whose database exists already: what is typed of it.

pub mod page;
mod survey;

use neo::error::{Error, Result};
use neo::tenants::{Entry, PasswordHash};
use secrecy::ExposeSecret;

use crate::page::forms::Form;

impl TryFrom<&Form> for Entry {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let said = |name: &str| form.optional(name).map(str::to_owned);
        let password = Some(form.secret("password").expose_secret().to_owned()).filter(|typed| !typed.is_empty());
        let (sealed_password, password) = if form.ticked("sealed") { (password, None) } else { (None, password) };
        Ok(Self {
            slug: super::slug(form)?,
            name: said("name"),
            server: said("server"),
            database: form.text("database").to_owned(),
            user: said("user"),
            password,
            sealed_password,
            password_hash: form.optional("password_hash").map(str::parse::<PasswordHash>).transpose()?,
            record_table: said("record_table"),
            no_record: Some(form.ticked("no_record")),
        })
    }
}
