//! Where the pages of tokens are.

use crate::query::segment;

pub const NEW: &str = "/tokens/new";

pub fn revoke(id: &str) -> String {
    format!("/tokens/{}/revoke", segment(id))
}
