//! The users inside a tenant's own database, as programs read them.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantUser {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub roles: Vec<String>,
    pub disabled: bool,
    pub created_at: Option<String>,
}

/// A page of them, in the order of their emails.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantUsers {
    pub users: Vec<TenantUser>,
    /// What to ask for as `after`; null on the last page.
    pub next: Option<u32>,
}
