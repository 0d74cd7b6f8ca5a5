//! Where the pages of channels are.

use crate::query::segment;

pub const LIST: &str = "/channels";
pub const NEW: &str = "/channels/new";

pub fn one(name: &str) -> String {
    format!("{LIST}/{}", segment(name))
}

/// What is done to one: `test`, `remove`.
pub fn act(name: &str, act: &str) -> String {
    format!("{}/{act}", one(name))
}
