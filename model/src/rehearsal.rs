//! A rehearsal: everything pending, on a copy of one tenant's database.

use serde::{Deserialize, Serialize};

use crate::{Advice, Engine, Failure};

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Rehearsal {
    /// Slug.
    pub tenant: String,
    pub engine: Engine,
    pub from_version: Option<i64>,
    /// Where the copy ended.
    pub to_version: Option<i64>,
    /// Milliseconds to make the copy.
    pub copy_ms: i64,
    /// Milliseconds of the migrations, all together.
    pub ms: i64,
    pub applied: Vec<Rehearsed>,
    /// With the file, line and column where the database tells.
    pub failure: Option<Failure>,
    /// The copy could not be taken away: where it is, and why.
    pub left_behind: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Rehearsed {
    pub version: i64,
    pub migration: String,
    pub ms: i64,
}

/// A rehearsal as it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RehearsalStanding {
    /// Slug.
    pub tenant: String,
    pub to: Option<i64>,
    pub actor: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub started_at: i64,
    /// None while it goes on.
    pub verdict: Option<RehearsalVerdict>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RehearsalVerdict {
    Done(Box<Rehearsal>),
    /// There was no copy to rehearse on.
    Refused {
        message: String,
        cause: Option<String>,
        #[serde(flatten, with = "crate::advice::told")]
        #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::advice::told::Keys"))]
        hint: Option<Advice>,
    },
}

/// One that was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RehearsalBegun {
    /// What to ask for how it stands.
    pub id: String,
}
