//! Tenants that are made, adopted, tried again, and cleaned up after.

use async_trait::async_trait;
use neo_model::{CleanedUp, Provisioning, Step, Survey, TenantDetail, TenantRow};

use crate::error::Result;
use crate::tenants::{Entry, NewTenant};

#[async_trait]
pub trait Making {
    /// Whether it could be made; nothing is.
    async fn check_tenant(&self, new: &NewTenant) -> Result<()>;

    /// Begins it. From afar it is the console's workers that do it.
    async fn create_tenant(&self, new: NewTenant) -> Result<Provisioning>;

    /// Another try of a provisioning that failed, from the step that failed.
    async fn retry_tenant(&self, tenant: &str) -> Result<Provisioning>;

    /// The run that is making this tenant (by its id), or would if somebody worked on it; otherwise another try.
    async fn go_on_with_tenant(&self, id: &str) -> Result<i64>;

    /// Undoes what was made; `tell` hears of each step.
    async fn clean_up_tenant(&self, tenant: &str, tell: &(dyn Fn(Step) + Send + Sync)) -> Result<CleanedUp>;

    /// Begins its move to another server; `slug` confirms it. From afar it is the console's workers that do it.
    async fn move_tenant(&self, id: &str, server: &str, slug: &str) -> Result<Provisioning>;

    /// Drops what it had before its move, or strikes it from the record where its server is gone; `slug` confirms it.
    async fn drop_replaced(&self, id: &str, slug: &str, forget: bool) -> Result<TenantRow>;

    /// What adopting would come to; nothing is touched.
    async fn survey(&self, entry: &Entry) -> Result<Survey>;

    async fn adopt(&self, entry: &Entry) -> Result<TenantDetail>;
}
