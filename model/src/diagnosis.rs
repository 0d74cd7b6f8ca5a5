//! What the doctor says, and what is sealed with which key.

use serde::{Deserialize, Serialize};

/// One thing that was looked at: how it is, and what to do where it is not as it should be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Diagnosis {
    /// central | retention | key | mail | provider | channel | migrations | server | tools | template | tenant | lock | orphan
    pub area: String,
    pub subject: String,
    pub ok: bool,
    /// What is wrong (or right), in one line.
    pub message: String,
    /// What to do.
    pub remedy: Option<String>,
}

/// What is sealed with what.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyStatus {
    /// The id of the current key.
    pub current: String,
    /// Per key id, the current one first. A key out of the ring opens nothing.
    pub keys: Vec<KeyCount>,
    /// Credentials in the form of the system Neo replaces.
    pub legacy: i64,
    /// Credentials sealed before the TLS mode was bound, on servers that are spoken to over TLS.
    pub tls_unbound: i64,
    /// Credentials that are no envelope at all.
    pub damaged: i64,
}

impl KeyStatus {
    /// What is sealed with no key of today's, each with how many there are: only what there is.
    pub fn others(&self) -> Vec<(&'static str, i64)> {
        let all = [("legacy", self.legacy), ("no TLS mode", self.tls_unbound), ("damaged", self.damaged)];
        all.into_iter().filter(|(_, n)| *n > 0).collect()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyCount {
    pub kid: String,
    pub current: bool,
    pub in_ring: bool,
    pub tenants: i64,
    pub servers: i64,
    /// Secrets of admins' second factors.
    pub factors: i64,
    /// Addresses and secrets of channels.
    pub channels: i64,
}

impl KeyCount {
    pub fn word(&self) -> &'static str {
        match (self.current, self.in_ring) {
            (true, _) => "current",
            (false, true) => "old",
            (false, false) => "not in the ring",
        }
    }
}
