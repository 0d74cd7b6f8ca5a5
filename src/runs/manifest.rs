//! What a run freezes of the files: which version it goes to, and every file up to there with its checksum.

use super::Goal;
use super::store::ManifestFile;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::migrations::Set;

/// What a manifest says of a file that is for no engine of its own.
pub(super) const ANY_ENGINE: &str = "any";

/// Every file of the set up to `to`, as a run freezes it.
pub(super) fn manifest(set: &Set, to: Option<i64>) -> Vec<ManifestFile> {
    let files = set.migrations.iter().filter(|m| to.is_none_or(|to| m.version <= to)).flat_map(|migration| {
        migration.variants.iter().map(|script| ManifestFile {
            version: migration.version,
            engine: script.engine.map_or(ANY_ENGINE, Engine::as_str).to_owned(),
            name: migration.label(),
            checksum: hex::encode(&script.up.folded),
        })
    });
    files.collect()
}

/// The newest version a goal leads to; `None` where it differs by tenant.
pub(super) fn target_version(set: &Set, goal: &Goal) -> Result<Option<i64>> {
    match goal {
        // Before the first there is no file.
        Goal::RollbackTo { to: 0 } => Ok(None),
        Goal::Migrate { to: Some(to) } | Goal::RollbackTo { to } => match set.find(*to) {
            Some(_) => Ok(Some(*to)),
            None => Err(set
                .resolve(&to.to_string())
                .err()
                .unwrap_or_else(|| Error::not_found("migration", &to.to_string()))),
        },
        Goal::Migrate { to: None } => Ok(set.latest()),
        _ => Ok(None),
    }
}
