//! What the server functions about filters do; the pages do the same.

use neo::error::Result;
use neo::filters;
use neo_model::{FilterPage, SavedFilter};

use crate::door::Door;

pub async fn list(door: &Door, page: FilterPage) -> Result<Vec<SavedFilter>> {
    filters::list(&door.platform, &door.actor, page).await
}

pub async fn save(door: &Door, page: FilterPage, name: &str, query: &str) -> Result<SavedFilter> {
    filters::save(&door.platform, &door.actor, page, name, query).await
}

pub async fn remove(door: &Door, filter: &str) -> Result<SavedFilter> {
    filters::remove(&door.platform, &door.actor, filter).await
}
