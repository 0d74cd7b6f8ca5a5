//! Tenants.

use async_trait::async_trait;
use neo_model::{TenantDetail, TenantFilter, TenantRow, TenantRows};

use crate::error::Result;

#[async_trait]
pub trait Tenants {
    /// Those that match, in the order of their slugs: a page after the cursor `after`.
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows>;

    /// One of them (slug or id); `lock`: with who holds its migration lock, which its server is asked for.
    async fn tenant(&self, key: &str, lock: bool) -> Result<TenantDetail>;

    /// Those that are known to be half way through a migration.
    async fn half_done(&self) -> Result<Vec<TenantRow>>;
}
