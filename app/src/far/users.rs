use async_trait::async_trait;
use neo::cli::central::{Change, Users};
use neo::error::Result;
use neo::tenant_users::{NewTenantUser, Wanted};
use neo_model::{TenantUser, TenantUsers};
use secrecy::ExposeSecret;

use super::Far;
use crate::rooms::tenants::api::users::{
    CreateTenantUser, DisableTenantUser, EnableTenantUser, ListTenantUsers, SetTenantUserPassword, SetTenantUserRole,
};

#[async_trait]
impl Users for Far {
    async fn users(&self, tenant: &str, wanted: &Wanted) -> Result<TenantUsers> {
        let asked = ListTenantUsers {
            tenant: tenant.to_owned(),
            search: wanted.search.clone(),
            after: Some(wanted.after),
            limit: Some(wanted.limit),
        };
        self.client.call(asked).await
    }

    async fn create_user(&self, tenant: &str, new: NewTenantUser) -> Result<TenantUser> {
        let NewTenantUser { email, password, first_name, last_name, role } = new;
        let (tenant, password) = (tenant.to_owned(), password.expose_secret().to_owned().into());
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
        }
    }
}
