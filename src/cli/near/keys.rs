use async_trait::async_trait;
use neo_model::KeyStatus;

use super::Near;
use crate::cli::central::Keys;
use crate::error::Result;
use crate::vault;

#[async_trait]
impl Keys for Near {
    async fn key_status(&self) -> Result<KeyStatus> {
        vault::status(&self.platform, &self.actor).await
    }
}
