//! Filters of the console's lists that somebody has kept for everybody: a name, and what the list's address says.

use serde::{Deserialize, Serialize};

names! {
    /// A list whose filters are kept.
    pub enum FilterPage: "page", "a list whose filters are kept" {
        Tenants = "tenants",
        Runs = "runs",
        Audit = "audit",
    }
}

/// A filter that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SavedFilter {
    pub id: String,
    pub page: FilterPage,
    pub name: String,
    /// What the list's address says behind its `?`: never another address.
    pub query: String,
    pub made_by: String,
    /// Whoever asks may remove it.
    pub removable: bool,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
}
