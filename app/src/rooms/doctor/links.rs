//! Where the doctor is.

use crate::query::Query;

pub const PAGE: &str = "/doctor";
/// Everything there is.
pub const ALL: &str = "all";
/// Only who holds the migration lock of which tenant.
pub const LOCKS: &str = "locks";

/// The page that looks: at all, or at locks alone.
pub fn part(part: &str) -> String {
    Query::from([("part", part)]).href(PAGE)
}
