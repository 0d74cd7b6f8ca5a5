//! The migration files: parse, order, checksum, make.
pub mod apply;
pub mod ledger;

use crate::{engine::Engine, error::Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The files of a folder, checked: ordered by version, no duplicate, each up with its optional down.
#[derive(Debug, Clone)]
pub struct Set {
    pub folder: PathBuf,
    pub migrations: Vec<Migration>,
}

#[derive(Debug, Clone)]
pub struct Migration {
    pub version: i64,
    /** `20250126000006_add_custom_fields` without the version: `add_custom_fields`. */
    pub name: String,
    pub variants: Vec<Script>,
}

/// One pair of files, for every engine or for one.
#[derive(Debug, Clone)]
pub struct Script {
    pub engine: Option<Engine>,
    pub up: Source,
    pub down: Option<Source>,
}
#[derive(Debug, Clone)]
pub struct Source {
    pub path: PathBuf,
    /** Line ends folded. */
    pub sql: String,
    /** SHA-384, sqlx's own. */
    pub checksum: Vec<u8>,
    pub no_transaction: bool,
}

impl Set {
    /// Reads the folder; refuses by name whatever is off, before anything runs.
    pub fn read(_folder: &Path) -> Result<Set> {
        todo!()
    }
    pub fn latest(&self) -> Option<i64> {
        self.migrations.last().map(|m| m.version)
    }
    pub fn find(&self, _version: i64) -> Option<&Migration> {
        todo!()
    }
    /// By version or by `<version>_<name>`.
    pub fn resolve(&self, _text: &str) -> Result<&Migration> {
        todo!()
    }
    /// Hex digest over versions and checksums for this engine up to `to`: equal digests mean an equal ledger.
    pub fn digest(&self, _engine: Engine, _to: Option<i64>) -> String {
        todo!()
    }
}
impl Migration {
    /// `20250126000006_add_custom_fields`
    pub fn label(&self) -> String {
        format!("{:014}_{}", self.version, self.name)
    }
    /// What runs on this engine: its own variant, else the one for all.
    pub fn on(&self, _engine: Engine) -> Option<&Script> {
        todo!()
    }
}

/// Writes the pair of a new migration with a UTC timestamp later than every existing one; answers both paths.
pub fn make(_folder: &Path, _name: &str, _now_ms: i64) -> Result<(PathBuf, PathBuf)> {
    todo!()
}

/// Remarks on a file that a person should see before it runs.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Finding {
    pub rule: String,
    pub message: String,
    pub line: Option<u32>,
}
impl Script {
    /// Findings of this script on this engine: destructive statements, no down.
    pub fn findings(&self, _engine: Engine) -> Vec<Finding> {
        todo!()
    }
}
