//! Where the fleet stands.

use serde::{Deserialize, Serialize};

use crate::TenantState;

/// The answer to "may what needs this version go out?".
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AtLeast {
    pub version: i64,
    pub ok: bool,
    /// How many were asked about.
    pub tenants: i64,
    pub behind: Vec<NotYet>,
}

/// A tenant that is not known to be at the version that was asked about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NotYet {
    pub tenant: String,
    pub version: Option<i64>,
    /// behind, or why nothing can be said: failed, unreachable, unknown.
    pub state: TenantState,
    /// Runs on the fleet leave it out: it stays behind until somebody releases it, or its time is over.
    pub quarantined: bool,
}

/// Where a tenant stands, from what is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantStanding {
    pub tenant: String,
    pub id: String,
    pub version: Option<i64>,
    /// How many of the files it lacks.
    pub pending: i64,
    pub state: TenantState,
}
