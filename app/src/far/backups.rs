use async_trait::async_trait;
use neo::cli::central::Backups;
use neo::error::Result;
use neo::runs::Restore;
use neo_model::{Backup, Provisioning};

use super::Far;
use crate::rooms::backups::api::{ListBackups, RestoreTenant};

#[async_trait]
impl Backups for Far {
    async fn backups(&self, tenant: Option<&str>) -> Result<Vec<Backup>> {
        self.client.call(ListBackups { tenant: tenant.map(str::to_owned) }).await
    }

    async fn restore(&self, asked: Restore) -> Result<Provisioning> {
        let Restore { file, slug, server, confirm, no_backup } = asked;
        self.client.call(RestoreTenant { file, slug, server, confirm, backup: Some(!no_backup) }).await
    }
}
