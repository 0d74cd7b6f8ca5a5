//! Where one's second factor is looked after.

/// On the page of the account.
pub const PLACE: &str = "/account#second-factor";
pub const BEGIN: &str = "/account/factor";
pub const CONFIRM: &str = "/account/factor/confirm";
pub const CODES: &str = "/account/factor/codes";
pub const REMOVE: &str = "/account/factor/remove";
