//! Where one's passkeys are looked after.

use crate::query::Query;

/// On the page of the account.
pub const PLACE: &str = "/account#passkeys";
pub const NEW: &str = "/account/passkeys/new";
/// What the browser is asked for that makes one.
pub const OPTIONS: &str = "/account/passkeys/options";
pub const ADD: &str = "/account/passkeys";
pub const RENAME: &str = "/account/passkeys/rename";
pub const REMOVE: &str = "/account/passkeys/remove";

/// The page that asks about this one.
pub fn about(page: &str, id: &str) -> String {
    Query::from([("id", id)]).href(page)
}
