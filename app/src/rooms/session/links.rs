//! Where the steps of a sign-in are.

use crate::door::origin::local_path;
use crate::query::Query;

pub const CODE: &str = "/sign-in/code";
pub const ENROL: &str = "/sign-in/enrol";
pub const CONFIRM: &str = "/sign-in/enrol/confirm";
/// A passkey instead of the password, after it, and where a factor has to be set up; each beside what its browser is asked for.
pub const PASSKEY: &str = "/sign-in/passkey";
pub const PASSKEY_OPTIONS: &str = "/sign-in/passkey/options";
pub const CODE_PASSKEY: &str = "/sign-in/code/passkey";
pub const CODE_PASSKEY_OPTIONS: &str = "/sign-in/code/passkey/options";
pub const ENROL_PASSKEY: &str = "/sign-in/enrol/passkey";
pub const ENROL_PASSKEY_OPTIONS: &str = "/sign-in/enrol/passkey/options";
pub const AGAIN: &str = "/reauthenticate";
pub const AGAIN_PASSKEY: &str = "/reauthenticate/passkey";
pub const AGAIN_PASSKEY_OPTIONS: &str = "/reauthenticate/passkey/options";
/// To the identity provider, where it leads back to, and where what it sent is taken.
pub const PROVIDER: &str = "/sign-in/provider";
pub const PROVIDER_LANDED: &str = "/sign-in/provider/callback";
pub const PROVIDER_DONE: &str = "/sign-in/provider/done";
pub const AGAIN_PROVIDER: &str = "/reauthenticate/provider";

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
