//! What there is to say of a migration's files before they run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Engine, Rule, Severity};

/// Remarks on a file that a person should see before it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Finding {
    pub rule: Rule,
    pub severity: Severity,
    pub message: String,
    /// The up or the down file, as it was found.
    pub file: PathBuf,
    /** From 1; none when it is about the file as a whole. */
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// Where it holds.
    pub engines: Vec<Engine>,
    /// Why the file says this is all right (`-- neo: allow <rule> <why>`): it is told, and stops nothing.
    pub accepted: Option<String>,
}

impl Finding {
    /// `…_add_custom_fields.up.sql:3:1`
    pub fn place(&self) -> String {
        let mut place = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let (Some(line), Some(column)) = (self.line, self.column) {
            place.push_str(&format!(":{line}:{column}"));
        }
        place
    }

    /// Nobody has accepted it, and it is at least this bad.
    pub fn counts(&self, level: Severity) -> bool {
        self.accepted.is_none() && self.severity >= level
    }
}

/// A finding beside the migration that it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LintLine {
    pub version: i64,
    /// `20250126000006_add_custom_fields`
    pub migration: String,
    #[serde(flatten)]
    pub finding: Finding,
}
