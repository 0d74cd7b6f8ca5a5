//! Where the pages of migrations are.

use neo::runs::Failure;

use crate::query::{Query, segment};

pub const LIST: &str = "/migrations";

pub fn one(version: i64) -> String {
    format!("{LIST}/{version}")
}

/// A page about those tenants that are behind this version: the list of them, or a new run.
pub fn behind(path: &str, version: i64) -> String {
    Query::from([("behind", version.to_string().as_str())]).href(path)
}

/// The line at which a migration failed, on the migration's page.
pub fn place(failure: &Failure) -> Option<String> {
    let version = failure.migration.as_ref()?.split('_').next()?;
    let file = std::path::Path::new(failure.file.as_ref()?).file_name()?.to_string_lossy();
    let line = failure.line?.to_string();
    let query = Query::from([("file", &*file), ("line", line.as_str())]);
    Some(format!("{}#line", query.href(&format!("{LIST}/{}", segment(version)))))
}
