//! Registers a database that exists already.

use secrecy::SecretString;

use crate::Platform;
use crate::actor::Actor;
use crate::error::Result;
use crate::tenants::Tenant;

pub struct Adopt {
    pub slug: String,
    pub name: Option<String>,
    pub server: String,
    /// SQLite: the path of the file.
    pub database: String,
    pub username: String,
    pub password: AdoptPassword,
}
pub enum AdoptPassword {
    None,
    Plain(SecretString),
    Legacy(String),
}

/// Registers a database that exists already, with its password in plain or sealed by the replaced system.
pub async fn adopt(_platform: &Platform, _actor: &Actor, _adopt: Adopt) -> Result<Tenant> {
    todo!()
}
