//! Passwords as a server keeps them, computed here: what is sent, and may be logged over there, is no password any more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const ITERATIONS: u32 = 4096;

/// PostgreSQL's SCRAM-SHA-256 verifier (RFC 5803). The password is ASCII, so that preparing it (RFC 4013) changes nothing.
pub(super) fn scram(password: &str, salt: &[u8; 16]) -> String {
    let mut salted = Zeroizing::new([0_u8; 32]);
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, ITERATIONS, salted.as_mut());
    let keyed = |label: &[u8]| {
        // Unreachable otherwise: HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(salted.as_ref()).unwrap_or_else(|_| unreachable!());
        mac.update(label);
        mac.finalize().into_bytes()
    };
    let stored = Sha256::digest(keyed(b"Client Key"));
    let server = keyed(b"Server Key");
    format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    )
}

/// What MariaDB keeps for `mysql_native_password`: good enough for what is random and long.
pub(super) fn native(password: &str) -> String {
    format!("*{}", hex::encode_upper(Sha1::digest(Sha1::digest(password.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_what_the_servers_compute_themselves() {
        // RFC 7677 §3: password "pencil", its salt and its count; the proofs there follow from these two keys.
        let mut salt = [0; 16];
        salt.copy_from_slice(&STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64"));
        assert_eq!(
            scram("pencil", &salt),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:\
             wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
        // PASSWORD('password') of every MySQL before 8.
        assert_eq!(native("password"), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
    }
}
