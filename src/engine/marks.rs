//! What Neo makes on a server bears a mark, by which it is known whose it is.

use super::{Category, Failure};

const MARK: &str = "neo:tenant:";

/// What every copy's name begins with, so that one is known even when it was cut off before it had its mark.
pub const COPY_PREFIX: &str = "neo_rehearsal_";

/// What a tenant's role may open at once: its application and Neo, with room to spare, and never the whole server.
pub(super) const CONNECTION_LIMIT: u32 = 50;

/// What a database or role of this tenant is commented with.
pub(super) fn mark(tenant_id: &str) -> String {
    format!("{MARK}{tenant_id}")
}

/// The tenant whose mark this is.
pub(super) fn marked_tenant(comment: &str) -> Option<String> {
    comment.strip_prefix(MARK).filter(|id| is_id(id)).map(str::to_owned)
}

/// Whether Neo could have made this id: what else stands in a comment is somebody's words.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whom a copy's mark names: no tenant.
pub fn copy_owner(tenant_id: &str) -> String {
    format!("rehearsal-{tenant_id}")
}

/// Somebody else's: neither taken over nor dropped.
pub(super) fn strangers(what: &str, name: &str) -> Failure {
    Failure::new(
        Category::Exists,
        format!("the {what} \"{name}\" is on this server and does not belong to this tenant"),
    )
    .detail("it does not bear the tenant's mark, so it is left as it is")
}
