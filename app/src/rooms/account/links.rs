//! Where one's own account is.

pub const PAGE: &str = "/account";
/// After a sign-in with a recovery code.
pub const RECOVERED: &str = "/account?recovered=1#second-factor";
pub const PASSWORD: &str = "/account/password";
pub const END: &str = "/account/sessions/end";
/// Somebody else was in.
pub const NOT_ME: &str = "/account/not-me";
pub const ANEW: &str = "/account/not-me/password";
/// On a tenant's address.
pub const END_ALL: &str = "/account/sessions/end-all";
pub const END_OTHERS: &str = "/account/sessions/end-others";
pub const PREFERENCES: &str = "/preferences";
