//! Whom the programs are to trust.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::{private_file, variable};
use crate::engine::{Failure, Target};

/// A file for as long as a program runs; it goes when this is dropped.
pub(super) struct Authority(Option<PathBuf>);

impl Authority {
    /// The server's own, where it has one.
    pub fn beside(tenant: &Target, file: &Path) -> Result<Self, Failure> {
        let Some(pem) = &tenant.tls_ca else { return Ok(Self(None)) };
        let file = file.with_added_extension("ca");
        let written = private_file(OpenOptions::new().write(true).create(true).truncate(true))
            .open(&file)
            .and_then(|mut opened| opened.write_all(pem.as_bytes()));
        written.map_err(|e| super::refused(&file, &e))?;
        Ok(Self(Some(file)))
    }

    #[cfg(test)]
    pub fn usual() -> Self {
        Self(None)
    }

    /// That, or what this process was told in one of these variables: the programs have lists of their own.
    pub fn or(&self, variables: &[&str]) -> Option<String> {
        let own = self.0.as_ref().map(|file| file.display().to_string());
        own.or_else(|| variables.iter().find_map(|name| variable(name)))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}
