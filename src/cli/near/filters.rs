use async_trait::async_trait;
use neo_model::{FilterPage, SavedFilter};

use super::Near;
use crate::cli::central::Filters;
use crate::error::Result;
use crate::filters;

#[async_trait]
impl Filters for Near {
    async fn filters(&self, page: FilterPage) -> Result<Vec<SavedFilter>> {
        filters::list(&self.platform, &self.actor, page).await
    }

    async fn save_filter(&self, page: FilterPage, name: &str, query: &str) -> Result<SavedFilter> {
        filters::save(&self.platform, &self.actor, page, name, query).await
    }

    async fn remove_filter(&self, id: &str) -> Result<SavedFilter> {
        filters::remove(&self.platform, &self.actor, id).await
    }
}
