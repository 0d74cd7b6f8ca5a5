//! Where the pages of maintenance windows are.

use crate::query::segment;

pub const LIST: &str = "/windows";
pub const NEW: &str = "/windows/new";

/// What is done to one: `on`, `off`, `remove`.
pub fn act(name: &str, act: &str) -> String {
    format!("{LIST}/{}/{act}", segment(name))
}
