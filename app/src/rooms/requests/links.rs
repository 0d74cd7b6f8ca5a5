//! Where the pages of requests are.

pub const LIST: &str = "/requests";

/// Those that wait.
pub const OPEN: &str = "/requests?state=open";

pub fn one(number: i64) -> String {
    format!("{LIST}/{number}")
}

/// What is said to a request: `approve`, `decline`.
pub fn act(number: i64, act: &str) -> String {
    format!("{LIST}/{number}/{act}")
}
