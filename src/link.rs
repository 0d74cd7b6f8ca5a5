//! One-time links, by which somebody chooses a password that nobody else ever knows. A link is shown to who made it, once; what is
//! kept of its secret is the hash.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use neo_model::Mailed;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};

/// How long a link is good.
pub const VALID: Duration = Duration::from_secs(48 * 60 * 60);

/// A link that was made. It is printed by nobody who does not mean to.
pub struct Link {
    /// Where to, with the secret in it: the only time that it is shown.
    pub url: SecretString,
    /// Whose it is.
    pub email: String,
    pub expires_at: i64,
    /// Whether it was mailed as well; none where nobody was to.
    pub mailed: Option<Mailed>,
}

/// 256 random bits as 43 characters of base64url: a link's secret, or a password that nobody is told.
pub(crate) fn secret() -> SecretString {
    let mut bytes = zeroize::Zeroizing::new([0u8; 32]);
    rand::fill(&mut *bytes);
    SecretString::from(URL_SAFE_NO_PAD.encode(*bytes))
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Where a password is chosen, at this origin.
pub(crate) fn to_choose(origin: &str, secret: &SecretString) -> SecretString {
    format!("{origin}/password?token={}", secret.expose_secret()).into()
}

/// A password that nobody knows: of somebody who is to choose one by a link.
pub fn unguessable() -> SecretString {
    secret()
}

pub(crate) fn worn_out() -> Error {
    Error::new(Kind::NotFound, "this link is not valid")
        .cause("it was used, is older than 48 hours, or another was made after it")
        .hint("ask whoever gave it to you for another")
}
