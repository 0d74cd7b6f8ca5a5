//! Backups as they are told: what the manifest beside one says, and where it lies.

use serde::{Deserialize, Serialize};

use crate::{Engine, Nature};

names! {
    /// Why a backup was made.
    pub enum BackupReason: "why", "a reason for a backup" {
        /// Somebody asked for it.
        Asked = "asked" => "asked for",
        /// The last one of a tenant that is deleted.
        Delete = "delete" => "deleted",
        /// Of what another backup took the place of.
        Restore = "restore" => "before a restore",
    }
}

/// One backup of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Backup {
    /// Where it lies, on the machine of the server; in a manifest the name alone.
    pub file: String,
    /// Of the tenant, as it was called then.
    pub slug: String,
    pub tenant_id: String,
    pub name: String,
    /// The name of the server it was made on.
    pub server: String,
    pub engine: Engine,
    pub server_version: String,
    /// What the program that made it says of itself.
    pub tool: String,
    pub database: String,
    /// In bytes.
    pub size: u64,
    /// In hexadecimal digits.
    pub sha256: String,
    /// PostgreSQL: how amounts of money are written in it; null where it is as the server had it, in a backup of before.
    #[serde(default)]
    pub lc_monetary: Option<String>,
    /// MySQL: columns (`table.column`) of which some values are in it with fewer digits than they had.
    #[serde(default)]
    pub rounded: Vec<String>,
    /// MySQL: something (`view old`) that was made under another character set than UTF-8: the server's own client restores it, Neo does
    /// not.
    #[serde(default)]
    pub foreign: Option<String>,
    /// The encoding and order of the database, which a restore makes another one with; null in a backup of before, which is restored
    /// into one as its server makes it.
    #[serde(default)]
    pub nature: Option<Nature>,
    /// The newest migration that was applied; null where there was none, or the ledger could not be read.
    pub version: Option<i64>,
    /// How many were.
    pub applied: i64,
    /// Of the schema; null where that could not be read.
    pub fingerprint: Option<String>,
    /// Engine, major version and look of that fingerprint: only those of one dialect are held against each other.
    pub dialect: Option<String>,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub at: i64,
    /// Who made it.
    pub by: String,
    pub why: BackupReason,
    /// The run that made it.
    pub run: Option<i64>,
}

impl Backup {
    /// What it has not as it was, or what keeps Neo from restoring it, in words.
    pub fn flaw(&self) -> Option<String> {
        let rounded = match &self.rounded[..] {
            [] => None,
            [column] => Some(format!("numbers of {column} are rounded")),
            [column, more @ ..] => Some(format!("numbers of {column} and {} more are rounded", more.len())),
        };
        let foreign = self.foreign.as_ref().map(|thing| format!("the server's own client alone restores it ({thing})"));
        match (rounded, foreign) {
            (Some(rounded), Some(foreign)) => Some(format!("{rounded}; {foreign}")),
            (rounded, foreign) => rounded.or(foreign),
        }
    }

    /// `812 B`, `4.1 kB`, `2.3 GB`
    pub fn length(&self) -> String {
        let mut rest = self.size as f64;
        for unit in ["B", "kB", "MB", "GB"] {
            if rest < 1000.0 {
                return if unit == "B" { format!("{} B", self.size) } else { format!("{rest:.1} {unit}") };
            }
            rest /= 1000.0;
        }
        format!("{rest:.1} TB")
    }
}
