use async_trait::async_trait;
use neo_model::{TenantDetail, TenantFilter, TenantRow, TenantRows};

use super::Near;
use crate::cli::central::Tenants;
use crate::error::Result;
use crate::tenants::{self, PageRequest};

#[async_trait]
impl Tenants for Near {
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows> {
        // A broken folder must not hide the tenants: what is pending is then unknown.
        let set = self.files().await.ok();
        let request = PageRequest { after: after.map(str::to_owned), limit, ..PageRequest::default() };
        let page = tenants::list(&self.platform, &self.actor, filter, &request).await?;
        let tenants = page.tenants.into_iter().map(|tenant| tenants::row(tenant, set.as_ref())).collect();
        Ok(TenantRows { tenants, total: page.total, next: page.next })
    }

    async fn tenant(&self, key: &str, lock: bool) -> Result<TenantDetail> {
        let tenant = tenants::find(&self.platform, &self.actor, key).await?;
        tenants::detail(&self.platform, &self.actor, tenant, lock).await
    }

    async fn half_done(&self) -> Result<Vec<TenantRow>> {
        let found = tenants::half_done(&self.platform, &self.actor).await?;
        let set = self.files().await.ok();
        Ok(found.into_iter().map(|tenant| tenants::row(tenant, set.as_ref())).collect())
    }
}
