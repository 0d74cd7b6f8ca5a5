//! What stands between Neo and a server, and does not promise what a run relies on.

use crate::engine::{Category, Failure};

/// How a failure begins that names one.
const POOLER: &str = "this is a pooler";

pub(in crate::engine) const ADDRESS: &str = "give the server's own address: Neo keeps few connections, and needs each to be one session of \
                                  the server's from beginning to end";

/// `what`: in which mode it is, or what it does.
pub(in crate::engine) fn pooler(name: Option<&str>, what: &str) -> Failure {
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    Failure::new(Category::Connect, format!("{POOLER}{name} {what}")).hint(ADDRESS)
}

/// Whether a failure names one.
pub(super) fn is_named(message: &str) -> bool {
    message.starts_with(POOLER)
}
