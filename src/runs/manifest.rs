//! What a run freezes of the files: which version it goes to, and every file up to there with its checksum.

use super::store::ManifestFile;
use super::{Goal, Kind};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::migrations::Set;

/// What a manifest says of a file that is for no engine of its own.
pub(super) const ANY_ENGINE: &str = "any";

/// Every file of the set up to `to`, as a run of this kind freezes it: a rollback with what takes it back.
pub(super) fn manifest(set: &Set, kind: Kind, to: Option<i64>) -> Vec<ManifestFile> {
    let files = set.migrations.iter().filter(|m| to.is_none_or(|to| m.version <= to)).flat_map(|migration| {
        migration.variants.iter().map(|script| ManifestFile {
            version: migration.version,
            engine: script.engine.map_or(ANY_ENGINE, Engine::as_str).to_owned(),
            name: migration.label(),
            checksum: hex::encode(&script.up.folded),
            down_checksum: script
                .down
                .as_ref()
                .filter(|_| kind == Kind::Rollback)
                .map(|down| hex::encode(&down.folded)),
        })
    });
    files.collect()
}

/// Whether a file is still the one that was frozen. Of a run that was begun before what takes it back was, that may be any.
pub(super) fn is_same(planned: &ManifestFile, now: &ManifestFile) -> bool {
    let is_back = planned.down_checksum.is_none() || planned.down_checksum == now.down_checksum;
    is_back
        && ManifestFile { down_checksum: None, ..planned.clone() }
            == ManifestFile { down_checksum: None, ..now.clone() }
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
