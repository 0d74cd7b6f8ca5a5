//! The two envelopes. Tags are checked before anything is decrypted, and every failure looks the same.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Binding;
use super::key::Key;

const VERSION: &str = "v1";

/// What an envelope held, wiped when dropped.
pub(super) type Plain = Zeroizing<Vec<u8>>;

/// `v1:<kid>:<iv>:<ciphertext>:<tag>`
pub(super) fn seal(key: &Key, iv: &[u8; 16], plain: &[u8], binding: &Binding<'_>) -> String {
    let ciphertext = encrypt(&key.enc, iv, plain);
    let tag = tag(&*key.mac, &associated(&key.kid, binding), iv, &ciphertext);
    format!("{VERSION}:{}:{}:{}:{}", key.kid, hex::encode(iv), hex::encode(ciphertext), hex::encode(tag))
}

/// The key id of a v1 envelope.
pub(super) fn kid(envelope: &str) -> Option<&str> {
    envelope.strip_prefix("v1:")?.split(':').next()
}

pub(super) fn open(key: &Key, envelope: &str, binding: &Binding<'_>) -> Option<Plain> {
    let parts: Vec<_> = envelope.split(':').collect();
    let [VERSION, kid, iv, ciphertext, given] = parts[..] else { return None };
    let iv: [u8; 16] = hex::decode(iv).ok()?.try_into().ok()?;
    let ciphertext = hex::decode(ciphertext).ok()?;
    let given = hex::decode(given).ok()?;
    let expected = tag(&*key.mac, &associated(&key.kid, binding), &iv, &ciphertext);
    if kid != key.kid || !bool::from(expected.ct_eq(&given)) {
        return None;
    }
    decrypt(&key.enc, &iv, &ciphertext)
}

/// `<iv>:<ciphertext>` with no tag, as `createCipheriv('aes-256-cbc', key, iv)` of Node gives it.
pub(super) fn seal_legacy(key: &Key, iv: &[u8; 16], plain: &[u8]) -> String {
    format!("{}:{}", hex::encode(iv), hex::encode(encrypt(&key.raw, iv, plain)))
}

/// Whether this has the shape of a legacy envelope.
pub(super) fn is_legacy(envelope: &str) -> bool {
    split_legacy(envelope).is_some()
}

pub(super) fn open_legacy(key: &Key, envelope: &str) -> Option<Plain> {
    let (iv, ciphertext) = split_legacy(envelope)?;
    decrypt(&key.raw, &iv, &ciphertext)
}

/// What a legacy envelope that cannot be read is taken to hold.
pub(super) fn nobodys(key: &Key, envelope: &str) -> Plain {
    let mut mac = Hmac::<Sha512>::new_from_slice(&*key.mac).expect("HMAC takes a key of any length");
    mac.update(b"legacy|nobody's");
    mac.update(envelope.as_bytes());
    Zeroizing::new(hex::encode(&mac.finalize().into_bytes()[..32]).into_bytes())
}

fn split_legacy(envelope: &str) -> Option<([u8; 16], Vec<u8>)> {
    let (iv, ciphertext) = envelope.split_once(':')?;
    let ciphertext = hex::decode(ciphertext).ok().filter(|c| !c.is_empty() && c.len() % 16 == 0)?;
    Some((hex::decode(iv).ok()?.try_into().ok()?, ciphertext))
}

fn encrypt(key: &[u8; 32], iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

fn decrypt(key: &[u8; 32], iv: &[u8; 16], ciphertext: &[u8]) -> Option<Plain> {
    // In place, in a buffer that is wiped whatever comes of it.
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let decryptor = cbc::Decryptor::<Aes256>::new(key.into(), iv.into());
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// RFC 7518 §5.2.2.1: HMAC-SHA-512 over AAD, IV, ciphertext and the AAD's length in bits; the first half of it.
fn tag(mac_key: &[u8], associated: &[u8], iv: &[u8], ciphertext: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha512>::new_from_slice(mac_key).expect("HMAC takes a key of any length");
    mac.update(associated);
    mac.update(iv);
    mac.update(ciphertext);
    mac.update(&(associated.len() as u64 * 8).to_be_bytes());
    let mut tag = [0; 32];
    tag.copy_from_slice(&mac.finalize().into_bytes()[..32]);
    tag
}

/// The associated data: every field with its length before it, so that no two bindings read alike.
fn associated(kid: &str, binding: &Binding<'_>) -> Vec<u8> {
    let (port, generation) = (binding.port.to_string(), binding.generation.to_string());
    let fields = [
        VERSION,
        kid,
        binding.purpose,
        binding.subject_id,
        binding.engine,
        binding.host,
        &port,
        binding.database,
        binding.role,
        &generation,
    ];
    let mut bytes = Vec::new();
    for field in fields.into_iter().chain(binding.tls).chain(binding.ca) {
        bytes.extend((field.len() as u32).to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::cipher::block_padding::NoPadding;

    const PLAIN: &str = "pa$$w0rd-ünïcode";
    const LEGACY: &str =
        "000102030405060708090a0b0c0d0e0f:5a00fdb1132abb0a07dd4ada5818503ddcbd839d0744245e4c12fd5a2e8b1e37";
    const V1: &str = "v1:4c9480a64e6d1567:000102030405060708090a0b0c0d0e0f:269df4f853f58ffb288273e424e4d3e6fc8938c49893bf5be0113b07740b2705:f70e1dc758a5a6fb36eaa17ee5647fab310ee6ba98e9549d817adf795a048c95";

    fn key() -> Key {
        Key::parse(&"0123456789abcdef0123456789ABCDEF".into(), "DB_ENCRYPTION_KEY").unwrap()
    }

    fn iv() -> [u8; 16] {
        std::array::from_fn(|i| i as u8)
    }

    fn binding() -> Binding<'static> {
        Binding {
            purpose: "tenant_db_password",
            subject_id: "3f2b8c1e-0000-4000-8000-000000000001",
            engine: "postgres",
            host: "127.0.0.1",
            port: 5432,
            database: "t_acme_k3x9",
            role: "t_acme_k3x9_rw",
            generation: 1,
            tls: None,
            ca: None,
        }
    }

    #[test]
    fn the_published_vectors_hold_both_ways() {
        assert_eq!(seal(&key(), &iv(), PLAIN.as_bytes(), &binding()), V1);
        assert_eq!(&**open(&key(), V1, &binding()).unwrap(), PLAIN.as_bytes());
        assert_eq!(seal_legacy(&key(), &iv(), PLAIN.as_bytes()), LEGACY);
        assert_eq!(&**open_legacy(&key(), LEGACY).unwrap(), PLAIN.as_bytes());
    }

    #[test]
    fn aes_256_cbc_agrees_with_nist_sp_800_38a() {
        let key: [u8; 32] = hex::decode("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
            .unwrap()
            .try_into()
            .unwrap();
        let plain = hex::decode(concat!(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
        ))
        .unwrap();
        let cipher = concat!(
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
            "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"
        );
        // F.2.5: our padding adds one block after theirs.
        assert_eq!(&hex::encode(encrypt(&key, &iv(), &plain))[..128], cipher);
        // F.2.6
        let back = cbc::Decryptor::<Aes256>::new((&key).into(), (&iv()).into())
            .decrypt_padded_vec::<NoPadding>(&hex::decode(cipher).unwrap());
        assert_eq!(back.unwrap(), plain);
    }

    #[test]
    fn a256cbc_hs512_agrees_with_rfc_7518_b_3() {
        let key: Vec<u8> = (0..64).collect();
        let (mac_key, enc_key) = key.split_at(32);
        let iv: [u8; 16] = hex::decode("1af38c2dc2b96ffdd86694092341bc04").unwrap().try_into().unwrap();
        let plain = b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience";
        let ciphertext = encrypt(enc_key.try_into().unwrap(), &iv, plain);
        assert_eq!(
            hex::encode(&ciphertext),
            concat!(
                "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd",
                "822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b",
                "36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3",
                "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950b",
                "be2638d09dd7a4930930806d0703b1f6"
            )
        );
        let tag = tag(mac_key, b"The second principle of Auguste Kerckhoffs", &iv, &ciphertext);
        assert_eq!(hex::encode(tag), "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5");
    }

    #[test]
    fn any_flipped_bit_and_any_other_binding_is_refused() {
        for position in 3..V1.len() {
            let mut bytes = V1.as_bytes().to_vec();
            bytes[position] = match bytes[position] {
                b':' => b'0',
                b'0' => b'1',
                _ => b'0',
            };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(open(&key(), &changed, &binding()).is_none(), "changed at {position}");
        }
        let others = [
            Binding { purpose: "server_password", ..binding() },
            Binding { subject_id: "3f2b8c1e-0000-4000-8000-000000000002", ..binding() },
            Binding { engine: "mysql", ..binding() },
            Binding { host: "127.0.0.2", ..binding() },
            Binding { port: 5433, ..binding() },
            Binding { database: "t_acme_k3x", ..binding() },
            // The same characters, cut elsewhere.
            Binding { database: "t_acme_k3x", role: "9t_acme_k3x9_rw", ..binding() },
            Binding { role: "t_acme_k3x9", ..binding() },
            Binding { generation: 2, ..binding() },
            Binding { tls: Some("verify-full"), ..binding() },
            Binding { tls: Some("verify-full"), ca: Some("-----BEGIN CERTIFICATE-----"), ..binding() },
        ];
        for other in others {
            assert!(open(&key(), V1, &other).is_none());
        }
    }

    #[test]
    fn what_is_no_envelope_is_refused_without_a_panic() {
        for text in
            ["", ":", "v1", "v1:", "v1::::", "v1:4c9480a64e6d1567:00:00:00", "00:00", "zz:zz", "v2:a:b:c:d", "é:ü"]
        {
            assert!(open(&key(), text, &binding()).is_none(), "{text}");
            assert!(open_legacy(&key(), text).is_none(), "{text}");
            assert!(!is_legacy(text), "{text}");
        }
        assert!(is_legacy(LEGACY) && !is_legacy(V1));
        assert_eq!(kid(V1), Some("4c9480a64e6d1567"));
        assert_eq!(kid(LEGACY), None);
    }
}
