//! Where the pages of servers are.

use crate::query::{Query, segment};

pub const LIST: &str = "/servers";
pub const NEW: &str = "/servers/new";

/// The list, with this one asked whether it answers.
pub fn check(name: &str) -> String {
    Query::from([("check", name)]).href(LIST)
}

/// One server: `/servers/pg-eu-1`.
pub fn one(name: &str) -> String {
    format!("{LIST}/{}", segment(name))
}

pub fn edit(name: &str) -> String {
    format!("{LIST}/{}/edit", segment(name))
}

pub fn rotate_password(name: &str) -> String {
    format!("{LIST}/{}/rotate-password", segment(name))
}

pub fn remove(name: &str) -> String {
    format!("{LIST}/{}/remove", segment(name))
}
