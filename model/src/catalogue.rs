//! The fleet's migrations.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Engine, Finding};

/// A migration of the fleet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Catalogued {
    pub version: i64,
    pub name: String,
    /// One for each engine that it is for.
    pub engines: Vec<CataloguedOn>,
    pub findings: Vec<Finding>,
    /// Active tenants that are known to have it, and the others.
    pub applied: i64,
    pub behind: i64,
}

/// What of a migration is for an engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CataloguedOn {
    pub engine: Engine,
    pub atomic: bool,
    pub checksum: String,
    pub file: PathBuf,
    /// None: there is no way back.
    pub down: Option<PathBuf>,
    /// The texts, where one migration was asked for; of a large file the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down_sql: Option<String>,
}
