//! A token as it is kept, beside what its maker is now.

use super::TokenState;
use crate::actor::Role;
use crate::config::Network;

pub(super) struct Found {
    pub hash: String,
    pub networks: Vec<Network>,
    /// The maker's role; `None` where it was made by an operator at the machine.
    pub maker_role: Option<Role>,
    pub now: i64,
}

impl Found {
    /// What a token is at this moment.
    pub(super) fn state(
        &self,
        revoked_at: Option<i64>,
        expires_at: Option<i64>,
        maker_is_disabled: bool,
    ) -> TokenState {
        match (revoked_at, expires_at) {
            (Some(_), _) => TokenState::Revoked,
            (None, Some(at)) if at <= self.now => TokenState::Expired,
            _ if maker_is_disabled => TokenState::Disabled,
            _ => TokenState::Live,
        }
    }
}
