//! The users inside a tenant.

use neo::error::Result;
use neo::tenant_users::{self, NewTenantUser, Page, TenantUser, Wanted};
use secrecy::SecretString;

use super::checked;
use crate::door::Door;

pub async fn list(
    door: &Door,
    tenant: &str,
    search: Option<String>,
    after: Option<u32>,
    limit: Option<u32>,
) -> Result<Page> {
    let wanted = Wanted { search, after: after.unwrap_or_default(), limit: checked(limit)? };
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
