//! Where one's own account is.

pub const PAGE: &str = "/account";
pub const PASSWORD: &str = "/account/password";
pub const END: &str = "/account/sessions/end";
/// On a tenant's address.
pub const END_ALL: &str = "/account/sessions/end-all";
pub const END_OTHERS: &str = "/account/sessions/end-others";
pub const PREFERENCES: &str = "/preferences";
