//! What is found by its name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

names! {
    /// What can be found.
    pub enum HitKind: "kind", "a kind of thing to find" {
        Page = "page",
        Run = "run",
        Tenant = "tenant",
        Migration = "migration",
        Act = "act",
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
    /// Its page in the console; of an act, the page on which it is done or asked for.
    pub href: String,
    /// The call that carries an act out. Null where it is asked for on its page.
    pub call: Option<HitCall>,
}

/// What is typed in a terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CommandLine {
    pub command: Option<String>,
}

/// A call of a function that is ready to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct HitCall {
    /// The function's name: `runs/pause`.
    pub function: String,
    /// One object, as the function takes it.
    pub arguments: Value,
    /// What a person is told before it is made; null where it is made at once.
    pub sure: Option<String>,
}
