//! What a database is besides what lies in it: of which kind of server, in which encoding, sorted how, with which extensions.

use serde::{Deserialize, Serialize};

/// Read by the tenant's own login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Nature {
    /// The server's version, as a backup's manifest has it.
    pub version: String,
    /// The encoding; on MySQL and MariaDB the character set.
    pub encoding: String,
    /// How texts are sorted.
    pub collation: String,
    /// PostgreSQL: which characters are letters.
    pub ctype: String,
    /// PostgreSQL: who sorts, `libc` unless it is another, and by which locale of theirs.
    pub provider: String,
    pub locale: String,
    /// PostgreSQL: what was made with `create extension`.
    pub extensions: Vec<String>,
}

impl Nature {
    /// Of which only the version is known.
    pub fn new(version: String) -> Self {
        let none = String::new;
        Self {
            version,
            encoding: none(),
            collation: none(),
            ctype: none(),
            provider: none(),
            locale: none(),
            extensions: Vec::new(),
        }
    }
}
