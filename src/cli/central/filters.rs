//! Filters that are kept.

use async_trait::async_trait;
use neo_model::{FilterPage, SavedFilter};

use crate::error::Result;

#[async_trait]
pub trait Filters {
    /// Those of one list, by name.
    async fn filters(&self, page: FilterPage) -> Result<Vec<SavedFilter>>;

    async fn save_filter(&self, page: FilterPage, name: &str, query: &str) -> Result<SavedFilter>;

    async fn remove_filter(&self, id: &str) -> Result<SavedFilter>;
}
