//! Recovery codes: ten at a time, each worth one proof. What is kept of one is a hash; 80 random bits are not found by trying.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// So many are made at once.
pub(super) const MANY: usize = 10;
const DIGITS: usize = 16;
/// Without the letters that are read as digits or as others.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `k3x9-71pq-…`: four groups of four.
pub(super) fn make() -> Vec<SecretString> {
    (0..MANY)
        .map(|_| {
            let mut bytes = zeroize::Zeroizing::new([0u8; DIGITS]);
            rand::fill(&mut *bytes);
            let digits: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
            let groups: Vec<_> = digits.chunks(4).map(String::from_utf8_lossy).collect();
            groups.join("-").into()
        })
        .collect()
}

/// What is kept of one, whichever way it was typed; none where it can be no code.
pub(super) fn hash(admin_id: &str, code: &SecretString) -> Option<String> {
    let mut digits = String::new();
    for c in code.expose_secret().chars().filter(|c| !c.is_whitespace() && *c != '-') {
        digits.push(match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => c,
            _ => return None,
        });
    }
    let whole = (digits.len() == DIGITS).then(|| format!("recovery|{admin_id}|{digits}"));
    whole.map(|whole| hex::encode(Sha256::digest(whole.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_are_made_and_each_is_another() {
        let codes = make();
        let hashes: std::collections::BTreeSet<_> = codes.iter().map(|code| hash("ada", code).unwrap()).collect();
        assert_eq!((codes.len(), hashes.len()), (MANY, MANY));
        assert!(codes.iter().all(|code| code.expose_secret().len() == 19), "four groups of four");
        assert_ne!(hash("ada", &codes[0]), hash("grace", &codes[0]), "it is one person's");
    }

    #[test]
    fn however_it_is_typed_it_is_the_same_code() {
        let as_made = hash("ada", &"k3x9-71pq-01zz-0abc".into());
        for typed in ["K3X9 7lPQ OIZZ oabc", "k3x971pq01zz0abc", " k3x9-7ipq-0lzz-oabc\n"] {
            assert_eq!(hash("ada", &typed.into()), as_made, "{typed}");
        }
        for none in
            ["", "k3x9-71pq-01zz-0ab", "k3x9-71pq-01zz-0abcd", "k3x9-71pq-01zz-0abu", "123456", "k3x9-71pq-01zz-0abİ"]
        {
            assert_eq!(hash("ada", &none.into()), None, "{none}");
        }
    }
}
