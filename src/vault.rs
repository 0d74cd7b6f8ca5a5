//! The vault: credentials of tenants and servers, sealed.
//!
//! New envelopes are AES-256-CBC with HMAC-SHA-512 and bound to their endpoint; those of the system Neo replaces (the same
//! cipher without a tag) can be read and, where asked for, written. The vault holds a ring of keys: the current one seals,
//! the old ones only open.

mod checks;
mod envelope;
mod key;
mod rotation;
mod signing;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::config::Keys;
use crate::error::{Advice, Do, Error, Result};
use crate::metrics;
pub(crate) use checks::audit_keys;
pub use checks::check_keys;
use key::Key;
pub use rotation::{KeyCount, Rewrap, Status, rewrap, status};
pub use signing::PublicKey;

/// What a sealed credential is bound to: any difference makes the envelope unreadable. `purpose` is
/// `tenant_db_password` or `server_password`; for a server `subject_id` is the server's id and `database` is empty. `tls` is
/// the mode of a connection that is encrypted: one that is not, and what was sealed before modes were bound, has none.
pub struct Binding<'a> {
    pub purpose: &'a str,
    pub subject_id: &'a str,
    pub engine: &'a str,
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub role: &'a str,
    pub generation: i64,
    pub tls: Option<&'a str>,
    /// The certificates of the authority that the server's own is verified by, where it has one of its own.
    pub ca: Option<&'a str>,
}

/// The key ring. No Debug: it is nothing but secrets.
pub struct Vault {
    /// The current key first; never empty, no key twice.
    ring: Vec<Key>,
}

impl Vault {
    pub fn new(keys: &Keys) -> Result<Self> {
        let current = keys.current.as_ref().ok_or_else(|| {
            Error::config("DB_ENCRYPTION_KEY is not set")
                .cause("credentials of tenant databases are sealed with it")
                .hint(
                    Advice::operator("make one with: ")
                        .act(Do::GenerateKey {})
                        .and(", and put it in the environment or in .env"),
                )
        })?;
        let mut ring = vec![Key::parse(current, "DB_ENCRYPTION_KEY")?];
        for (index, text) in keys.old.iter().enumerate() {
            let key = Key::parse(text, &format!("entry {} of DB_ENCRYPTION_KEYS_OLD", index + 1))?;
            if ring.iter().all(|k| k.kid != key.kid) {
                ring.push(key);
            }
        }
        Ok(Self { ring })
    }

    /// The id of the current key.
    pub fn kid(&self) -> &str {
        &self.current().kid
    }

    /// A new v1 envelope under the current key.
    pub fn seal(&self, secret: &SecretString, binding: &Binding<'_>) -> String {
        metrics::vault("seal", true);
        self.seal_bytes(secret.expose_secret().as_bytes(), binding)
    }

    /// A new legacy envelope under the current key, for systems that can read nothing else.
    pub fn legacy_seal(&self, secret: &SecretString) -> String {
        envelope::seal_legacy(self.current(), &random(), secret.expose_secret().as_bytes())
    }

    /// Opens a v1 envelope under the key it names, or a legacy one under any key of the ring. One error for every failure:
    /// who holds a forged envelope learns nothing from it. The caller says whose envelope it was.
    ///
    /// A legacy one has no tag. Were it told whether its padding is right, somebody who may change it could have it deciphered
    /// byte for byte: what cannot be read gives a password that nobody has, and is refused where a wrong one is.
    pub fn open(&self, envelope: &str, binding: &Binding<'_>, legacy_allowed: bool) -> Result<SecretString> {
        let plain = if is_legacy(envelope) {
            if !legacy_allowed {
                return Err(Error::config(
                    "the credential is sealed in the legacy form, which LEGACY_CIPHERTEXT=deny refuses",
                )
                .hint(Advice::operator("allow it, run: ").act(Do::RewrapKeys {}).and(", then deny it again")));
            }
            // Each key is tried, also after one that fits: it takes the same time.
            let read: Vec<_> = self.ring.iter().map(|key| envelope::open_legacy(key, envelope)).collect();
            let read = read.into_iter().flatten().find(|plain| std::str::from_utf8(plain).is_ok());
            Some(read.unwrap_or_else(|| self.nobodys(envelope)))
        } else {
            self.open_bytes(envelope, binding)
        };
        let opened = plain.and_then(|plain| std::str::from_utf8(&plain).map(SecretString::from).ok());
        metrics::vault("open", opened.is_some());
        opened.ok_or_else(|| {
            Error::config("the sealed credential cannot be opened").hint(
                Advice::operator("it is damaged, was sealed with another key, or its row was changed: ")
                    .act(Do::KeyStatus {})
                    .and(" counts the keys in use"),
            )
        })
    }

    /// Always the same for the same envelope, and not to be told without the key.
    fn nobodys(&self, envelope: &str) -> envelope::Plain {
        envelope::nobodys(self.current(), envelope)
    }

    fn current(&self) -> &Key {
        &self.ring[0]
    }

    fn key(&self, kid: &str) -> Option<&Key> {
        self.ring.iter().find(|key| key.kid == kid)
    }

    fn seal_bytes(&self, plain: &[u8], binding: &Binding<'_>) -> String {
        envelope::seal(self.current(), &random(), plain, binding)
    }

    fn open_bytes(&self, envelope: &str, binding: &Binding<'_>) -> Option<envelope::Plain> {
        envelope::open(self.key(envelope::kid(envelope)?)?, envelope, binding)
    }

    /// A mac on what makes a browser known, under a key for nothing else.
    pub(crate) fn device_mac(&self, text: &str) -> String {
        hex::encode(mac(&self.current().device, text).finalize().into_bytes())
    }

    /// Whether this is such a mac, under any key of the ring.
    pub(crate) fn vouches_for_device(&self, text: &str, mac: &str) -> bool {
        let Ok(mac) = hex::decode(mac) else { return false };
        self.ring.iter().any(|key| self::mac(&key.device, text).verify_slice(&mac).is_ok())
    }

    /// Bytes that look random, the same for the same text, under a key for nothing else.
    pub(crate) fn made_up(&self, text: &str) -> [u8; 32] {
        mac(&self.current().made_up, text).finalize().into_bytes().into()
    }

    /// What new audit rows are chained with.
    pub(crate) fn audit_key(&self) -> &Zeroizing<[u8; 32]> {
        &self.current().audit
    }
}

fn mac(key: &[u8; 32], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

/// Whether this has the shape of an envelope of the system Neo replaces.
pub fn is_legacy(envelope: &str) -> bool {
    envelope::is_legacy(envelope)
}

/// The text of a new key: 64 hex digits.
pub fn generate_key() -> SecretString {
    let bytes = Zeroizing::new(random::<32>());
    hex::encode(*bytes).into()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}
