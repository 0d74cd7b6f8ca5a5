//! The users inside a tenant.

use neo::error::Result;
use neo::tenant_users::{self, Link, NewTenantUser, Page, TenantUser, Wanted};
use neo_model::{SessionsEnded, TenantUserLink};
use secrecy::{ExposeSecret, SecretString};

use super::checked;
use crate::door::Door;

pub async fn list(
    door: &Door,
    tenant: &str,
    search: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page> {
    let wanted = Wanted { search, after, limit: checked(limit)? };
    tenant_users::list(&door.platform, &door.actor, tenant, &wanted).await
}

pub async fn create(door: &Door, tenant: &str, new: NewTenantUser) -> Result<TenantUser> {
    tenant_users::create(&door.platform, &door.actor, tenant, new).await
}

pub async fn set_role(door: &Door, tenant: &str, user: &str, role: &str) -> Result<TenantUser> {
    tenant_users::set_role(&door.platform, &door.actor, tenant, user, role).await
}

pub async fn set_password(door: &Door, tenant: &str, user: &str, password: SecretString) -> Result<TenantUser> {
    tenant_users::reset_password(&door.platform, &door.actor, tenant, user, password).await
}

pub async fn disable(door: &Door, tenant: &str, user: &str) -> Result<TenantUser> {
    tenant_users::disable(&door.platform, &door.actor, tenant, user).await
}

pub async fn enable(door: &Door, tenant: &str, user: &str) -> Result<TenantUser> {
    tenant_users::enable(&door.platform, &door.actor, tenant, user).await
}

pub async fn end_sessions(door: &Door, tenant: &str, user: &str) -> Result<SessionsEnded> {
    let ended = tenant_users::end_sessions(&door.platform, &door.actor, tenant, user).await?;
    Ok(SessionsEnded { ended })
}

pub async fn delete(door: &Door, tenant: &str, user: &str) -> Result<TenantUser> {
    tenant_users::delete(&door.platform, &door.actor, tenant, user).await
}

pub async fn link(door: &Door, tenant: &str, user: &str) -> Result<TenantUserLink> {
    let Link { url, email, expires_at, .. } = tenant_users::link(&door.platform, &door.actor, tenant, user).await?;
    Ok(TenantUserLink { url: url.expose_secret().to_owned(), email, expires_at })
}
