//! Backups.
use super::{Failure, Target};
/// Writes a backup of the tenant's database to `file` (pg_dump, mariadb-dump, VACUUM INTO).
pub async fn backup(_tenant: &Target, _file: &std::path::Path) -> Result<(), Failure> {
    todo!()
}
