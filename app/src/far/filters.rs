use async_trait::async_trait;
use neo::cli::central::Filters;
use neo::error::Result;
use neo_model::{FilterPage, SavedFilter};

use super::Far;
use crate::rooms::filters::api::{ListFilters, RemoveFilter, SaveFilter};

#[async_trait]
impl Filters for Far {
    async fn filters(&self, page: FilterPage) -> Result<Vec<SavedFilter>> {
        self.client.call(ListFilters { page }).await
    }

    async fn save_filter(&self, page: FilterPage, name: &str, query: &str) -> Result<SavedFilter> {
        self.client.call(SaveFilter { page, name: name.to_owned(), query: query.to_owned() }).await
    }

    async fn remove_filter(&self, id: &str) -> Result<SavedFilter> {
        self.client.call(RemoveFilter { filter: id.to_owned() }).await
    }
}
