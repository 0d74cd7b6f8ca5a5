//! Where filters are kept, and where each leads.

use neo_model::{FilterPage, SavedFilter};

use crate::query::Query;
use crate::rooms::audit::links as audit;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::links as tenants;

pub const LIST: &str = "/filters";
pub const REMOVE: &str = "/filters/remove";

/// The list that filters of this page are of.
pub fn page(page: FilterPage) -> &'static str {
    match page {
        FilterPage::Tenants => tenants::LIST,
        FilterPage::Runs => runs::LIST,
        FilterPage::Audit => audit::LIST,
    }
}

/// That list as it was kept.
pub fn of(filter: &SavedFilter) -> String {
    Query::parse(&filter.query).href(page(filter.page))
}
