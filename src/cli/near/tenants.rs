use async_trait::async_trait;
use neo_model::{BrokenLock, Deletion, TenantDetail, TenantFilter, TenantRow, TenantRows};

use super::Near;
use crate::cli::central::{Act, Tenants};
use crate::error::Result;
use crate::tenants::{self, Credentials, PageRequest, Tenant};
use crate::windows;

impl Near {
    /// A tenant as it is now. A broken folder must not hide it: what is pending is then unknown.
    pub(super) async fn beside_files(&self, tenant: Tenant) -> TenantRow {
        tenants::row(tenant, self.files().await.ok().as_ref())
    }
}

#[async_trait]
impl Tenants for Near {
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows> {
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

    async fn act(&self, tenant: &str, act: Act) -> Result<TenantRow> {
        let (platform, actor) = (&self.platform, &self.actor);
        let tenant = match act {
            Act::Suspend => tenants::suspend(platform, actor, tenant).await,
            Act::Resume => tenants::resume(platform, actor, tenant).await,
            Act::Archive => tenants::archive(platform, actor, tenant).await,
            Act::Quarantine { reason, ms, owner } => {
                tenants::quarantine(platform, actor, tenant, &reason, owner.as_deref(), Some(ms)).await
            }
            Act::Release => tenants::release(platform, actor, tenant).await,
            Act::Edit(edit) => windows::edit_tenant(platform, actor, tenant, &edit).await,
        };
        Ok(self.beside_files(tenant?).await)
    }

    async fn unlock(&self, id: &str, slug: &str, session: &str, reason: Option<&str>) -> Result<BrokenLock> {
        let lock = tenants::unlock(&self.platform, &self.actor, id, slug, session, reason).await?;
        Ok(BrokenLock { lock, broken: true })
    }

    async fn credentials(&self, key: &str) -> Result<Credentials> {
        tenants::credentials(&self.platform, &self.actor, key).await
    }

    async fn delete(&self, id: &str, slug: &str, backup: bool) -> Result<Deletion> {
        let deleted = tenants::delete(&self.platform, &self.actor, id, slug, backup).await?;
        Ok(tenants::deletion(deleted, self.files().await.ok().as_ref()))
    }
}
