use async_trait::async_trait;
use neo::cli::central::Doctor;
use neo::error::Result;
use neo_model::Diagnosis;

use super::Far;
use crate::rooms::doctor::api::Examine;

#[async_trait]
impl Doctor for Far {
    async fn examine(&self, only_locks: bool) -> Result<Vec<Diagnosis>> {
        self.client.unhurried()?.call(Examine { locks: only_locks.then_some(true) }).await
    }
}
