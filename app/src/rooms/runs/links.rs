//! Where the pages of runs are.

use crate::query::Query;

pub const LIST: &str = "/runs";
pub const NEW: &str = "/runs/new";
pub const REHEARSE: &str = "/runs/rehearse";

pub fn one(number: i64) -> String {
    format!("{LIST}/{number}")
}

/// What is done to a run: `rerun`, `cancel`.
pub fn act(number: i64, act: &str) -> String {
    format!("{LIST}/{number}/{act}")
}

/// Those of its tenants that failed.
pub fn failed(number: i64) -> String {
    format!("{LIST}/{number}?status=failed")
}

/// What one tenant did in it.
pub fn log(number: i64, slug: &str) -> String {
    Query::from([("tenant", slug)]).href(&one(number))
}
