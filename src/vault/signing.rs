//! What is proven elsewhere, by whoever has no secret: a signature under a pair of keys that is derived from the key ring's, so that
//! nothing new has to be kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::Vault;
use super::key::Key;
use crate::error::{Error, Result};

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// The public half of an Ed25519 pair: whoever has it tells what was signed from what was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// 64 hex digits, or the PEM of a SubjectPublicKeyInfo.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let read = || {
            let bytes = match text.strip_prefix(BEGIN).and_then(|text| text.strip_suffix(END)) {
                Some(inner) => {
                    let inner: String = inner.split_whitespace().collect();
                    STANDARD.decode(inner).ok()?.strip_prefix(&INFO)?.to_vec()
                }
                None => hex::decode(text).ok()?,
            };
            bytes.try_into().ok().map(Self)
        };
        read().ok_or_else(|| {
            Error::invalid("key", "this is no public key of Ed25519").hint("64 hex digits, or a file in PEM")
        })
    }

    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    pub fn pem(&self) -> String {
        let info = [INFO.as_slice(), self.0.as_slice()].concat();
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(info))
    }

    /// What people compare: the first 16 hex digits of its SHA-256.
    pub fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(self.0)[..8])
    }

    /// Whether this text was signed with the other half. A signature is 128 lower-case hex digits, and nothing else.
    pub fn vouches_for(&self, text: &str, signature: &str) -> bool {
        let is_lower = signature.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let Ok(bytes) = hex::decode(signature) else { return false };
        is_lower && UnparsedPublicKey::new(&ED25519, self.0).verify(text.as_bytes(), &bytes).is_ok()
    }
}

impl Vault {
    /// Signs with the current key's pair.
    pub(crate) fn sign(&self, text: &str) -> String {
        hex::encode(pair(self.current()).sign(text.as_bytes()))
    }

    /// The public half of the current key's pair.
    pub fn public_key(&self) -> PublicKey {
        public(self.current())
    }

    /// Those of all keys of the ring, each under the key's id, the current one first.
    pub fn public_keys(&self) -> Vec<(String, PublicKey)> {
        self.ring.iter().map(|key| (key.kid.clone(), public(key))).collect()
    }
}

fn pair(key: &Key) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&*key.signing).expect("a seed of 32 bytes")
}

fn public(key: &Key) -> PublicKey {
    PublicKey(pair(key).public_key().as_ref().try_into().expect("a public key of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 2.
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    #[test]
    fn a_key_is_read_in_both_forms_and_agrees_with_rfc_8032() {
        let key = PublicKey::parse(PUBLIC).unwrap();
        assert_eq!(PublicKey::parse(&key.pem()).unwrap(), key);
        assert_eq!(key.hex(), PUBLIC);
        assert!(key.vouches_for("r", SIGNATURE) && !key.vouches_for("s", SIGNATURE));
        assert!(!key.vouches_for("r", &SIGNATURE.to_uppercase()), "one signature has one form");
        for wrong in ["", "3d40", &PUBLIC[2..], &key.pem().replace("MCow", "MCox"), "-----BEGIN PUBLIC KEY-----"] {
            assert!(PublicKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
