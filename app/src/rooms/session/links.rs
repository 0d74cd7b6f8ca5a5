//! Where the steps of a sign-in are.

use crate::door::origin::local_path;
use crate::query::Query;

pub const CODE: &str = "/sign-in/code";
pub const ENROL: &str = "/sign-in/enrol";
pub const CONFIRM: &str = "/sign-in/enrol/confirm";

/// The step at this address, on the way to `next`.
pub fn on_the_way(step: &str, next: &str) -> String {
    let query: Query = [("next".to_owned(), local_path(next).to_owned())].into_iter().collect();
    query.href(step)
}

/// Back to where it begins: the time is over, or the account has changed.
pub fn over(next: &str) -> String {
    let pairs = [("ended", "1"), ("next", local_path(next))];
    let query: Query = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    query.href("/sign-in")
}
