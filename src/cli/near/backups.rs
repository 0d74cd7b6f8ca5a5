use async_trait::async_trait;
use neo_model::{Backup, Provisioning};

use super::Near;
use crate::backups;
use crate::cli::central::Backups;
use crate::error::Result;
use crate::runs::{self, Restore};

#[async_trait]
impl Backups for Near {
    async fn backups(&self, tenant: Option<&str>) -> Result<Vec<Backup>> {
        backups::list(&self.platform, &self.actor, tenant).await
    }

    async fn restore(&self, asked: Restore) -> Result<Provisioning> {
        let (tenant, run) = runs::restore(&self.platform, &self.actor, asked).await?;
        Ok(Provisioning { id: tenant.id, run: run.number, tenant: tenant.slug })
    }
}
