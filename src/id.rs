//! Identifiers: opaque, 24 characters, never to be parsed or checked by prefix.

/// A new cuid2 id.
pub fn new() -> String {
    cuid2::create_id()
}
