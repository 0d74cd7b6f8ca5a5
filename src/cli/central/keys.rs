//! The keys that credentials are sealed with. They are changed at the machine alone.

use async_trait::async_trait;
use neo_model::KeyStatus;

use crate::error::Result;

#[async_trait]
pub trait Keys {
    /// How many credentials each key seals.
    async fn key_status(&self) -> Result<KeyStatus>;
}
