//! Backups of tenants.

use async_trait::async_trait;
use neo_model::{Backup, Provisioning};

use crate::error::Result;
use crate::runs::Restore;

#[async_trait]
pub trait Backups {
    /// Those there are, the newest first; of one tenant, by slug or id.
    async fn backups(&self, tenant: Option<&str>) -> Result<Vec<Backup>>;

    /// Begins to make a tenant of a backup, or to put it in the place of what a tenant has.
    async fn restore(&self, asked: Restore) -> Result<Provisioning>;
}
