//! Where the pages of backups are.

use std::path::Path;

use crate::query::Query;

pub const LIST: &str = "/backups";
pub const RESTORE: &str = "/backups/restore";

/// The name of a backup's file in its folder.
pub fn name(file: &str) -> String {
    Path::new(file).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The question before this one is restored.
pub fn restore(file: &str) -> String {
    Query::from([("file", name(file).as_str())]).href(RESTORE)
}
