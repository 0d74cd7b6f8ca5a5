use async_trait::async_trait;
use neo_model::{CleanedUp, Provisioning, Step, Survey, TenantDetail, TenantRow};

use super::Near;
use crate::cli::central::Making;
use crate::error::Result;
use crate::runs::{self, Run};
use crate::servers;
use crate::tenants::provision::{self, Progress, Undone};
use crate::tenants::{self, Entry, NewTenant, Taken, Tenant};

#[async_trait]
impl Making for Near {
    async fn check_tenant(&self, new: &NewTenant) -> Result<()> {
        tenants::check(&self.platform, &self.actor, new).await
    }

    async fn create_tenant(&self, new: NewTenant) -> Result<Provisioning> {
        let (tenant, run) = runs::provision(&self.platform, &self.actor, new).await?;
        Ok(begun(tenant, &run))
    }

    async fn retry_tenant(&self, tenant: &str) -> Result<Provisioning> {
        let tenant = tenants::find(&self.platform, &self.actor, tenant).await?;
        let run = runs::provision_again(&self.platform, &self.actor, &tenant.id).await?;
        Ok(begun(tenant, &run))
    }

    async fn go_on_with_tenant(&self, id: &str) -> Result<i64> {
        // An interrupt leaves a run that waits to be worked on, and a failure one that is over.
        let run = match runs::provisioning_of(&self.platform, &self.actor, id).await? {
            Some(run) => run,
            None => runs::provision_again(&self.platform, &self.actor, id).await?,
        };
        Ok(run.number)
    }

    async fn clean_up_tenant(&self, tenant: &str, tell: &(dyn Fn(Step) + Send + Sync)) -> Result<CleanedUp> {
        let sink = |progress: Progress| {
            if let Progress::StepUndone { step } = progress {
                tell(step);
            }
        };
        let Undone { tenant, steps } = provision::undo(&self.platform, &self.actor, tenant, &sink).await?;
        Ok(CleanedUp { row: self.beside_files(tenant).await, undone: steps })
    }

    async fn move_tenant(&self, id: &str, server: &str, slug: &str) -> Result<Provisioning> {
        let (tenant, run) = runs::move_tenant(&self.platform, &self.actor, id, server, slug).await?;
        Ok(begun(tenant, &run))
    }

    async fn drop_replaced(&self, id: &str, slug: &str, forget: bool) -> Result<TenantRow> {
        let tenant = tenants::drop_replaced(&self.platform, &self.actor, id, slug, forget).await?;
        Ok(self.beside_files(tenant).await)
    }

    async fn survey(&self, entry: &Entry) -> Result<Survey> {
        tenants::survey(&self.platform, &self.actor, entry.adopt(servers::LOCAL)).await
    }

    async fn adopt(&self, entry: &Entry) -> Result<TenantDetail> {
        let Taken { tenant, notes } = tenants::adopt(&self.platform, &self.actor, entry.adopt(servers::LOCAL)).await?;
        let detail = tenants::detail(&self.platform, &self.actor, tenant, false).await?;
        Ok(TenantDetail { notes, ..detail })
    }
}

fn begun(tenant: Tenant, run: &Run) -> Provisioning {
    Provisioning { id: tenant.id, run: run.number, tenant: tenant.slug }
}
