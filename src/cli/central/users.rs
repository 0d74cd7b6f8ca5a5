//! The users inside a tenant.

use async_trait::async_trait;
use neo_model::{SessionsEnded, TenantUser, TenantUserLink, TenantUsers};
use secrecy::SecretString;

use crate::error::Result;
use crate::tenant_users::{NewTenantUser, Wanted};

/// What is changed about a user.
pub enum Change {
    /// This role in the place of all others.
    Role(String),
    Password(SecretString),
    Disable,
    Enable,
    /// They are taken out of the tenant's database.
    Delete,
}

#[async_trait]
pub trait Users {
    async fn users(&self, tenant: &str, wanted: &Wanted) -> Result<TenantUsers>;

    async fn create_user(&self, tenant: &str, new: NewTenantUser) -> Result<TenantUser>;

    /// `user` is an email or an id.
    async fn change_user(&self, tenant: &str, user: &str, change: Change) -> Result<TenantUser>;

    async fn end_user_sessions(&self, tenant: &str, user: &str) -> Result<SessionsEnded>;

    /// By which they choose a password.
    async fn user_link(&self, tenant: &str, user: &str) -> Result<TenantUserLink>;
}
