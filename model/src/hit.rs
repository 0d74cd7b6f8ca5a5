//! What is found by its name.

use serde::{Deserialize, Serialize};

names! {
    /// What can be found.
    pub enum HitKind: "kind", "a kind of thing to find" {
        Page = "page",
        Run = "run",
        Tenant = "tenant",
    }
}

/// Something that was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Hit {
    pub kind: HitKind,
    pub text: String,
    /// What else tells it from others: the slug of a tenant, the reason of a run.
    pub detail: Option<String>,
    /// Its page in the console.
    pub href: String,
}
