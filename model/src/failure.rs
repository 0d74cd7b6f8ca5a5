//! What is said of a failure on a tenant's database.

mod known;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Advice, Excerpt};

pub use known::Known;

names! {
    /// What a failure is about.
    pub enum Category: "category", "what a failure is about" {
        Connect = "connect",
        Auth = "auth",
        Lock = "lock",
        Timeout = "timeout",
        Checksum = "checksum",
        Dirty = "dirty",
        Constraint = "constraint",
        Syntax = "syntax",
        Exists = "exists",
        Permission = "permission",
        Disk = "disk",
        Other = "other",
    }
}

impl Category {
    /// Whether it comes of where the server stands at this moment: it passes by itself, so it is tried again.
    pub fn is_transient(self) -> bool {
        matches!(self, Category::Connect | Category::Lock | Category::Timeout)
    }

    /// Whether it is the tenant's own trouble, and not that of its server, the way there, or whoever is at work on it.
    pub fn is_own(self) -> bool {
        !self.is_transient() && !matches!(self, Category::Auth | Category::Disk)
    }
}

/// What a failed task shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Failure {
    pub category: Category,
    /// SQLSTATE on PostgreSQL, the error number on MySQL, the extended result code on SQLite.
    pub code: Option<String>,
    /// This, detail and hint are cut where they are longer than people read, with their full length said.
    pub message: String,
    pub detail: Option<String>,
    #[serde(flatten, with = "crate::advice::told")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::advice::told::Keys"))]
    pub hint: Option<Advice>,
    /// `20250126000006_add_custom_fields`
    pub migration: Option<String>,
    /// The file as given: `migrations/tenant/….up.sql`
    pub file: Option<String>,
    /// From 1; the column counts characters.
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// Which statement of the file it was, from 1, where they run one by one.
    pub statement: Option<u32>,
    /// The line, as the file had it when it ran.
    pub excerpt: Option<Excerpt>,
    /// The message with names and literals normalised, hashed: 6 hex digits.
    pub fingerprint: String,
    /// Its files have barred the tenant's own login: what did that to one does it to the next. Only there where it is so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub barred: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}
