//! Where somebody comes from who is to sign in.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub next: String,
    /// Set by the set-up page: the account is there now.
    pub ready: Option<String>,
    /// Set where a session was over that the browser still knew.
    pub ended: Option<String>,
}
