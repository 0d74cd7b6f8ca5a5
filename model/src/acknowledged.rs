//! Who is on it: that somebody looks into what failed.

use serde::{Deserialize, Serialize};

/// Somebody looks into what failed in a run, or into one cause of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Acknowledged {
    /// The run's number.
    pub run: i64,
    /// The fingerprint of the cause; null for all that failed.
    pub cause: Option<String>,
    /// The email of an admin, or what a program is called.
    pub who: String,
    /// Since when: epoch milliseconds, said as RFC 3339.
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub at: i64,
    pub note: Option<String>,
}
