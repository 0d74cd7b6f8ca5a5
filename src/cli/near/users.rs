use async_trait::async_trait;
use neo_model::{SessionsEnded, TenantUser, TenantUserLink, TenantUsers};
use secrecy::ExposeSecret;

use super::Near;
use crate::cli::central::{Change, Users};
use crate::error::Result;
use crate::tenant_users::{self, NewTenantUser, Wanted};

#[async_trait]
impl Users for Near {
    async fn users(&self, tenant: &str, wanted: &Wanted) -> Result<TenantUsers> {
        tenant_users::list(&self.platform, &self.actor, tenant, wanted).await
    }

    async fn create_user(&self, tenant: &str, new: NewTenantUser) -> Result<TenantUser> {
        tenant_users::create(&self.platform, &self.actor, tenant, new).await
    }

    async fn change_user(&self, tenant: &str, user: &str, change: Change) -> Result<TenantUser> {
        let (platform, actor) = (&self.platform, &self.actor);
        match change {
            Change::Role(role) => tenant_users::set_role(platform, actor, tenant, user, &role).await,
            Change::Password(password) => tenant_users::reset_password(platform, actor, tenant, user, password).await,
            Change::Disable => tenant_users::disable(platform, actor, tenant, user).await,
            Change::Enable => tenant_users::enable(platform, actor, tenant, user).await,
            Change::Delete => tenant_users::delete(platform, actor, tenant, user).await,
        }
    }

    async fn end_user_sessions(&self, tenant: &str, user: &str) -> Result<SessionsEnded> {
        let ended = tenant_users::end_sessions(&self.platform, &self.actor, tenant, user).await?;
        Ok(SessionsEnded { ended })
    }

    async fn user_link(&self, tenant: &str, user: &str) -> Result<TenantUserLink> {
        let tenant_users::Link { url, email, expires_at, .. } =
            tenant_users::link(&self.platform, &self.actor, tenant, user).await?;
        Ok(TenantUserLink { url: url.expose_secret().to_owned(), email, expires_at })
    }
}
