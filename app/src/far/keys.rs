use async_trait::async_trait;
use neo::cli::central::Keys;
use neo::error::Result;
use neo_model::KeyStatus;

use super::Far;
use crate::rooms::keys::api::ShowKeys;

#[async_trait]
impl Keys for Far {
    async fn key_status(&self) -> Result<KeyStatus> {
        self.client.call(ShowKeys {}).await
    }
}
