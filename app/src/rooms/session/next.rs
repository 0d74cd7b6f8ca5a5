//! Where somebody comes from who is to sign in.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub next: String,
    /// Set by the set-up page: the account is there now.
    pub ready: Option<String>,
    /// Set by the page of a one-time link: the password is theirs now.
    pub chosen: Option<String>,
    /// Set where a session was over that the browser still knew.
    pub ended: Option<String>,
}
