//! The ledger: `_sqlx_migrations` inside the tenant's own database, in sqlx's own format.

use sha2::{Digest, Sha256};

use crate::engine::{Connection, Failure};

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub version: i64,
    pub description: String,
    pub success: bool,
    pub checksum: Vec<u8>,
    pub execution_ns: i64,
    pub installed_on: Option<String>,
}

/// All rows by version; an absent table is an empty ledger.
pub async fn read(_conn: &mut Connection) -> Result<Vec<Row>, Failure> {
    todo!()
}

/// Equal to [`Set::digest`](super::Set::digest) when exactly those migrations are applied, unchanged. A dirty row makes it
/// equal to nothing.
pub fn digest(rows: &[Row]) -> String {
    let applied = digest_of(rows.iter().map(|r| (r.version, &r.checksum[..])));
    if rows.iter().all(|r| r.success) { applied } else { format!("dirty:{applied}") }
}

pub(super) fn digest_of<'a>(applied: impl Iterator<Item = (i64, &'a [u8])>) -> String {
    let mut digest = Sha256::new();
    for (version, checksum) in applied {
        digest.update(version.to_be_bytes());
        digest.update((checksum.len() as u64).to_be_bytes());
        digest.update(checksum);
    }
    hex::encode(digest.finalize())
}
