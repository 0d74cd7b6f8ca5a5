//! Users inside a tenant's database: its `users`, `roles`, `user_roles` tables (starter migration).
use crate::{Platform, actor::Actor, error::Result};
use secrecy::SecretString;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct TenantUser {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub roles: Vec<String>,
    pub disabled: bool,
    pub created_at: Option<String>,
}
pub struct NewTenantUser {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    /** A name in that tenant's `roles`. */
    pub role: String,
}

pub async fn create(_platform: &Platform, _actor: &Actor, _tenant: &str, _new: NewTenantUser) -> Result<TenantUser> {
    todo!()
}
pub async fn list(_platform: &Platform, _actor: &Actor, _tenant: &str) -> Result<Vec<TenantUser>> {
    todo!()
}
pub async fn roles(_platform: &Platform, _actor: &Actor, _tenant: &str) -> Result<Vec<String>> {
    todo!()
}
