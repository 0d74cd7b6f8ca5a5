//! Tenants that are there.

use async_trait::async_trait;
use neo_model::{BrokenLock, Deletion, TenantDetail, TenantFilter, TenantRow, TenantRows};

use crate::error::Result;
use crate::tenants::{Credentials, Edit};

/// What is done to a tenant, and answers it as it is then.
pub enum Act {
    Suspend,
    Resume,
    Archive,
    /// For so many milliseconds; the owner is whoever asks, unless said.
    Quarantine {
        reason: String,
        ms: i64,
        owner: Option<String>,
    },
    Release,
    Edit(Edit),
}

#[async_trait]
pub trait Tenants {
    /// Those that match, in the order of their slugs: a page after the cursor `after`.
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows>;

    /// One of them (slug or id); `lock`: with who holds its migration lock, which its server is asked for.
    async fn tenant(&self, key: &str, lock: bool) -> Result<TenantDetail>;

    /// Those that are known to be half way through a migration.
    async fn half_done(&self) -> Result<Vec<TenantRow>>;

    async fn act(&self, tenant: &str, act: Act) -> Result<TenantRow>;

    /// Ends the session that holds its migration lock, if it is this one; `slug` confirms it.
    async fn unlock(&self, id: &str, slug: &str, session: &str, reason: Option<&str>) -> Result<BrokenLock>;

    /// How to sign in to its database.
    async fn credentials(&self, key: &str) -> Result<Credentials>;

    /// Drops its database, after a backup or without; `slug` confirms it.
    async fn delete(&self, id: &str, slug: &str, backup: bool) -> Result<Deletion>;
}
