//! One key: how its text is read, and what is derived from it.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Advice, Do, Error, Result};

const SALT: &[u8] = b"tenant-console/db-credential";

/// Key material under its id. No Debug: it is nothing but secrets.
pub(super) struct Key {
    pub kid: String,
    /// As given: what legacy envelopes are encrypted with.
    pub raw: Zeroizing<[u8; 32]>,
    pub mac: Zeroizing<[u8; 32]>,
    pub enc: Zeroizing<[u8; 32]>,
    /// What the audit chain is made with.
    pub audit: Zeroizing<[u8; 32]>,
    /// The seed of the pair that exports of the audit are signed with.
    pub signing: Zeroizing<[u8; 32]>,
    /// What the cookies of known browsers are made with.
    pub device: Zeroizing<[u8; 32]>,
    /// What the names of keys are made with that nobody has.
    pub made_up: Zeroizing<[u8; 32]>,
}

impl Key {
    /// Reads the text of a key; `name` is where it came from, for the error.
    pub fn parse(text: &SecretString, name: &str) -> Result<Self> {
        let text = text.expose_secret();
        read(text).map(Self::derive).ok_or_else(|| refusal(text, name))
    }

    fn derive(raw: Zeroizing<[u8; 32]>) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), &*raw);
        let mut okm = Zeroizing::new([0; 64]);
        expand(&hkdf, b"v1|A256CBC-HS512|enc+mac", &mut *okm);
        let mut kid = [0; 8];
        expand(&hkdf, b"v1|kid", &mut kid);
        let mut key = Self {
            kid: hex::encode(kid),
            raw,
            mac: Zeroizing::new([0; 32]),
            enc: Zeroizing::new([0; 32]),
            audit: Zeroizing::new([0; 32]),
            device: Zeroizing::new([0; 32]),
            signing: Zeroizing::new([0; 32]),
            made_up: Zeroizing::new([0; 32]),
        };
        key.mac.copy_from_slice(&okm[..32]);
        key.enc.copy_from_slice(&okm[32..]);
        expand(&hkdf, b"audit", &mut *key.audit);
        expand(&hkdf, b"known-device", &mut *key.device);
        expand(&hkdf, b"audit-export|Ed25519", &mut *key.signing);
        expand(&hkdf, b"made-up-passkeys", &mut *key.made_up);
        key
    }
}

fn expand(hkdf: &Hkdf<Sha256>, info: &[u8], out: &mut [u8]) {
    hkdf.expand(info, out).expect("far below HKDF's limit of 255 blocks");
}

/// The three forms do not overlap: 32 bytes, 64 hex digits, 43 or 44 characters of base64. Nothing is padded, cut, trimmed
/// or hashed into shape.
fn read(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut raw = Zeroizing::new([0; 32]);
    match text.len() {
        32 => raw.copy_from_slice(text.as_bytes()),
        64 => hex::decode_to_slice(text, &mut *raw).ok()?,
        43 | 44 => {
            let alphabet =
                if text.contains(['-', '_']) { &base64::alphabet::URL_SAFE } else { &base64::alphabet::STANDARD };
            let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            let bytes = Zeroizing::new(GeneralPurpose::new(alphabet, config).decode(text).ok()?);
            raw.copy_from_slice(bytes.get(..32).filter(|_| bytes.len() == 32)?);
        }
        _ => return None,
    }
    Some(raw)
}

/// Says how long the text is, never what it is.
fn refusal(text: &str, name: &str) -> Error {
    let characters = text.chars().count();
    let mut found = format!("it is {characters} characters long");
    if text.len() != characters {
        found.push_str(&format!(" ({} bytes)", text.len()));
    }
    match text.len() {
        64 => found.push_str(" but not all of them are hex digits"),
        43 | 44 => found.push_str(" but is not base64 of 32 bytes"),
        _ if text.trim().len() != text.len() => found.push_str(", white space at its ends included"),
        _ => {}
    }
    Error::config(format!("{name} cannot be used as a key: {found}"))
        .cause("a key is exactly 32 bytes of text, or 64 hex digits, or base64 of 32 bytes")
        .hint(Advice::operator("make a good one with: ").act(Do::GenerateKey {}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef0123456789ABCDEF";

    fn parse(text: &str) -> Result<Key> {
        Key::parse(&text.into(), "DB_ENCRYPTION_KEY")
    }

    #[test]
    fn a_key_derives_what_other_implementations_derive() {
        let key = parse(TEXT).unwrap();
        assert_eq!(key.kid, "4c9480a64e6d1567");
        assert_eq!(
            hex::encode(*key.mac) + &hex::encode(*key.enc),
            "771b48658118bb129a1e93e5393511d72b761b60cd722b0d06ef68b5aa050cf7b1f9e9bdbf814efde01017fccaf56e9d25eb8b5770012253f75f4946c7fd2de5"
        );
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869_a_1() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let mut okm = [0; 42];
        expand(&Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]), &info, &mut okm);
        assert_eq!(
            hex::encode(okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn one_key_may_be_written_in_every_promised_form() {
        let bytes: [u8; 32] = std::array::from_fn(|i| 255 - (i as u8) * 3);
        let url_safe = base64::engine::general_purpose::URL_SAFE.encode(bytes);
        let standard = base64::engine::general_purpose::STANDARD.encode(bytes);
        assert!(standard.contains(['+', '/']) && url_safe.contains(['-', '_']), "both alphabets are tried");
        let forms = [
            hex::encode(bytes),
            hex::encode_upper(bytes),
            standard.clone(),
            standard.replace('=', ""),
            url_safe.clone(),
        ];
        for form in forms.iter().chain([&url_safe.replace('=', "")]) {
            assert_eq!(*parse(form).unwrap_or_else(|e| panic!("{form}: {e}")).raw, bytes, "{form}");
        }
        assert_eq!(*parse(TEXT).unwrap().raw, TEXT.as_bytes());
        assert!(parse("ünïcode-key-of-exactly-32-bytes!").is_err(), "34 bytes");
        assert!(parse("ünïcode-key-of-exact-32-bytes!").is_ok(), "32 bytes in 30 characters");
    }

    #[test]
    fn the_example_key_of_the_replaced_system_is_refused_with_its_length() {
        let error = parse("your-32-character-secret-key!!").err().unwrap();
        assert_eq!(error.kind, crate::error::Kind::Config);
        assert_eq!(error.message, "DB_ENCRYPTION_KEY cannot be used as a key: it is 30 characters long");
        assert!(error.hint.unwrap().command().contains("neo key generate"));
    }

    #[test]
    fn a_refusal_never_repeats_the_key() {
        for text in [
            "",
            "short-secret",
            "zz".repeat(32).as_str(),
            "!".repeat(44).as_str(),
            "secret-with-a-newline-at-its-end\n",
        ] {
            let error = parse(text).err().unwrap();
            let said = format!("{error} {:?}", error.hint);
            assert!(text.is_empty() || !said.contains(text.trim()), "{said}");
            assert!(said.contains(&format!("{} characters", text.chars().count())), "{said}");
        }
    }
}
