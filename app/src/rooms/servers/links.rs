//! Where the pages of servers are.

use crate::query::{Query, segment};

pub const LIST: &str = "/servers";
pub const NEW: &str = "/servers/new";

/// The list, with this one asked whether it answers.
pub fn check(name: &str) -> String {
    Query::from([("check", name)]).href(LIST)
}

pub fn remove(name: &str) -> String {
    format!("{LIST}/{}/remove", segment(name))
}
