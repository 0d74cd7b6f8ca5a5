//! What sqlx asks for in the packet that begins a session, and cannot be told not to.

pub const ZONE: &str = "UTC";
pub const DATES: &str = "ISO, MDY";

/// What a session has that sqlx has begun, and nobody has changed.
pub fn asked() -> (String, String) {
    (ZONE.to_owned(), DATES.to_owned())
}
