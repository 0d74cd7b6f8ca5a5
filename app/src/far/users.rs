use async_trait::async_trait;
use neo::cli::central::{Change, Users};
use neo::error::Result;
use neo::tenant_users::{NewTenantUser, Wanted};
use neo_model::{SessionsEnded, TenantUser, TenantUserLink, TenantUsers};
use secrecy::ExposeSecret;

use super::Far;
use crate::rooms::tenants::api::users::{
    CreateTenantUser, DeleteTenantUser, DisableTenantUser, EnableTenantUser, EndTenantUserSessions, LinkTenantUser,
    ListTenantUsers, SetTenantUserPassword, SetTenantUserRole,
};

#[async_trait]
impl Users for Far {
    async fn users(&self, tenant: &str, wanted: &Wanted) -> Result<TenantUsers> {
        let asked = ListTenantUsers {
            tenant: tenant.to_owned(),
            search: wanted.search.clone(),
            after: wanted.after.clone(),
            limit: Some(wanted.limit),
        };
        self.client.call(asked).await
    }

    async fn create_user(&self, tenant: &str, new: NewTenantUser) -> Result<TenantUser> {
        let NewTenantUser { email, password, first_name, last_name, role } = new;
        let (tenant, password) = (tenant.to_owned(), Some(password.expose_secret().to_owned().into()));
        self.client.call(CreateTenantUser { tenant, email, password, first_name, last_name, role }).await
    }

    async fn change_user(&self, tenant: &str, user: &str, change: Change) -> Result<TenantUser> {
        let (tenant, email) = (tenant.to_owned(), user.to_owned());
        match change {
            Change::Role(role) => self.client.call(SetTenantUserRole { tenant, email, role }).await,
            Change::Password(password) => {
                let password = password.expose_secret().to_owned().into();
                self.client.call(SetTenantUserPassword { tenant, email, password }).await
            }
            Change::Disable => self.client.call(DisableTenantUser { tenant, email }).await,
            Change::Enable => self.client.call(EnableTenantUser { tenant, email }).await,
            Change::Delete => self.client.call(DeleteTenantUser { tenant, email }).await,
        }
    }

    async fn end_user_sessions(&self, tenant: &str, user: &str) -> Result<SessionsEnded> {
        self.client.call(EndTenantUserSessions { tenant: tenant.to_owned(), email: user.to_owned() }).await
    }

    async fn user_link(&self, tenant: &str, user: &str) -> Result<TenantUserLink> {
        self.client.call(LinkTenantUser { tenant: tenant.to_owned(), email: user.to_owned() }).await
    }
}
