//! What the doctor says.

use async_trait::async_trait;
use neo_model::Diagnosis;

use crate::error::Result;

#[async_trait]
pub trait Doctor {
    /// Everything there is, in the order in which it should be mended; with `only_locks` what concerns migration locks.
    async fn examine(&self, only_locks: bool) -> Result<Vec<Diagnosis>>;
}
