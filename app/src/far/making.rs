use async_trait::async_trait;
use neo::cli::central::{Making, Runs, Tenants};
use neo::error::{Error, Result};
use neo::tenants::{Entry, NewTenant};
use neo_model::{Adopted, CleanedUp, Creating, Provisioning, RunStatus, Step, Survey, TenantDetail, TenantRow};
use secrecy::ExposeSecret;

use super::Far;
use crate::rooms::tenants::api::making::{Admin, AdoptTenant, CleanUpTenant, CreateTenant, RetryTenant};
use crate::rooms::tenants::api::moving::{DropReplaced, MoveTenant};

fn asked(new: &NewTenant, dry_run: bool) -> CreateTenant {
    CreateTenant {
        slug: new.slug.clone(),
        name: new.name.clone(),
        server: new.server.clone(),
        tags: Some(new.tags.clone()),
        admin: new.admin.as_ref().map(|admin| Admin {
            email: admin.email.clone(),
            password: admin.password.expose_secret().to_owned().into(),
            first_name: Some(admin.first_name.clone()),
            last_name: Some(admin.last_name.clone()),
        }),
        password_hash: Some(new.password_hash),
        dry_run: dry_run.then_some(true),
    }
}

fn adoption(entry: &Entry, dry_run: bool) -> AdoptTenant {
    AdoptTenant {
        slug: entry.slug.clone(),
        name: entry.name.clone(),
        server: entry.server.clone(),
        database: entry.database.clone(),
        user: entry.user.clone(),
        password: entry.password.clone().map(Into::into),
        sealed_password: entry.sealed_password.clone().map(Into::into),
        password_hash: entry.password_hash,
        record_table: entry.record_table.clone(),
        no_record: entry.no_record,
        dry_run: Some(dry_run),
    }
}

#[async_trait]
impl Making for Far {
    async fn check_tenant(&self, new: &NewTenant) -> Result<()> {
        match self.client.call(asked(new, true)).await? {
            Creating::Checked(_) => Ok(()),
            Creating::Begun(_) => Err(Error::internal("the console began what it was only asked about")),
        }
    }

    async fn create_tenant(&self, new: NewTenant) -> Result<Provisioning> {
        match self.client.call_once(asked(&new, false)).await? {
            Creating::Begun(begun) => Ok(begun),
            Creating::Checked(_) => Err(Error::internal("the console began nothing")),
        }
    }

    async fn retry_tenant(&self, tenant: &str) -> Result<Provisioning> {
        self.client.call(RetryTenant { tenant: tenant.to_owned() }).await
    }

    async fn go_on_with_tenant(&self, id: &str) -> Result<i64> {
        let Some(run) = self.tenant(id, false).await?.run else { return Ok(self.retry_tenant(id).await?.run) };
        if self.run(run).await?.state == RunStatus::Paused {
            self.resume(run).await?;
        }
        Ok(run)
    }

    async fn clean_up_tenant(&self, tenant: &str, tell: &(dyn Fn(Step) + Send + Sync)) -> Result<CleanedUp> {
        let cleaned = self.client.call(CleanUpTenant { tenant: tenant.to_owned() }).await?;
        cleaned.undone.iter().for_each(|step| tell(*step));
        Ok(cleaned)
    }

    async fn move_tenant(&self, id: &str, server: &str, slug: &str) -> Result<Provisioning> {
        let (tenant, server, confirm) = (id.to_owned(), server.to_owned(), slug.to_owned());
        self.client.call(MoveTenant { tenant, server, confirm }).await
    }

    async fn drop_replaced(&self, id: &str, slug: &str, forget: bool) -> Result<TenantRow> {
        let (tenant, confirm) = (id.to_owned(), slug.to_owned());
        self.client.call(DropReplaced { tenant, confirm, forget: Some(forget) }).await
    }

    async fn survey(&self, entry: &Entry) -> Result<Survey> {
        match self.client.call(adoption(entry, true)).await? {
            Adopted::Survey(survey) => Ok(*survey),
            Adopted::Tenant(_) => Err(Error::internal("the console adopted what it was only asked about")),
        }
    }

    async fn adopt(&self, entry: &Entry) -> Result<TenantDetail> {
        match self.client.call(adoption(entry, false)).await? {
            Adopted::Tenant(tenant) => Ok(*tenant),
            Adopted::Survey(_) => Err(Error::internal("the console adopted nothing")),
        }
    }
}
