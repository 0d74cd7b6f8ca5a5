//! The ledger: what has been applied to a tenant, in the tenant's own database ([`engine`](crate::engine) knows its table).

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Migration, Set, Source};
pub(super) use crate::engine::ledger::find;
pub use crate::engine::ledger::{Row, read};
use crate::engine::{Engine, Entry};

impl Row {
    /// The row of a migration that has just gone through, as the database has it now; when, is left to its clock.
    pub(super) fn applied(migration: &Migration, up: &Source, took: Duration) -> Self {
        Self {
            version: migration.version,
            description: migration.description(),
            success: true,
            checksum: up.checksum.clone(),
            execution_ns: i64::try_from(took.as_nanos()).unwrap_or(i64::MAX),
            installed_on: None,
        }
    }
}

/// What the ledger is told of a migration whose up file this is.
pub(super) fn entry(migration: &Migration, up: &Source, down: bool, first: bool) -> Entry {
    Entry {
        version: migration.version,
        description: migration.description(),
        checksum: up.checksum.clone(),
        down,
        first,
    }
}

/// Equal to [`Set::digest`] when exactly those migrations are applied, unchanged. A dirty row makes it equal to nothing.
pub fn digest(set: &Set, engine: Engine, rows: &[Row]) -> String {
    let applied = digest_of(rows.iter().map(|row| {
        let up = set.find(row.version).and_then(|m| m.on(engine)).map(|script| &script.up);
        (row.version, up.filter(|up| up.is(&row.checksum)).map_or(&row.checksum[..], |up| &up.folded))
    }));
    if rows.iter().all(|r| r.success) { applied } else { format!("{DIRTY}{applied}") }
}

/// How the digest of a ledger with a dirty row begins.
pub const DIRTY: &str = "dirty:";

pub(super) fn digest_of<'a>(applied: impl Iterator<Item = (i64, &'a [u8])>) -> String {
    let mut digest = Sha256::new();
    for (version, checksum) in applied {
        digest.update(version.to_be_bytes());
        digest.update((checksum.len() as u64).to_be_bytes());
        digest.update(checksum);
    }
    hex::encode(digest.finalize())
}
