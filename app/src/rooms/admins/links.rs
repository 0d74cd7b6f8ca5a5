//! Where the pages of admins are.

pub const LIST: &str = "/admins";
pub const NEW: &str = "/admins/new";
pub const INVITE: &str = "/admins/invite";

pub fn one(id: &str) -> String {
    format!("{LIST}/{id}")
}

/// What is done to an admin: `role`, `disable`.
pub fn act(id: &str, act: &str) -> String {
    format!("{LIST}/{id}/{act}")
}
