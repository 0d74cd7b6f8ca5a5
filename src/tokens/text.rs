//! The text of a token: made, taken apart, checked.

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const PREFIX: &str = "neo_";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 8;
const SECRET: usize = 40;
const CHECK: usize = 6;
/// With the strokes between its parts.
const LENGTH: usize = PREFIX.len() + ID + 1 + SECRET + 1 + CHECK;

/// A new token: its id, and the whole.
pub(super) fn make() -> (String, SecretString) {
    let id = random(ID);
    let secret = random(SECRET);
    let before = Zeroizing::new(format!("{PREFIX}{}_{}", *id, *secret));
    let check = check(&before);
    ((*id).clone(), SecretString::from(format!("{}_{check}", *before)))
}

/// The id in a text that has the form of a token and its own check; everything else is none, whatever the database holds.
pub(super) fn id(text: &str) -> Option<&str> {
    if text.len() != LENGTH || !text.is_ascii() {
        return None;
    }
    let (before, sum) = text.rsplit_once('_')?;
    let (id, secret) = before.strip_prefix(PREFIX)?.split_once('_')?;
    let are_digits = |part: &str| part.bytes().all(|digit| DIGITS.contains(&digit));
    let fits = id.len() == ID && secret.len() == SECRET && are_digits(id) && are_digits(secret) && sum == check(before);
    fits.then_some(id)
}

/// What is kept of a token.
pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The CRC-32 in base62, the highest digit first.
fn check(before: &str) -> String {
    let mut left = crc32fast::hash(before.as_bytes());
    let mut digits = [0; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(left % 62) as usize];
        left /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Each digit as likely as any other: a byte that does not divide evenly is thrown again.
fn random(length: usize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut byte = Zeroizing::new([0u8; 1]);
    while text.len() < length {
        rand::fill(&mut *byte);
        if byte[0] < 248 {
            text.push(char::from(DIGITS[usize::from(byte[0] % 62)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_is_told_by_its_form_and_by_its_check() {
        let (made, text) = make();
        let text = text.expose_secret();
        assert_eq!(id(text), Some(made.as_str()), "{text}");
        assert_eq!(text.len(), 60);
        for place in 0..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[place] = if other[place] == b'a' { b'b' } else { b'a' };
            assert_eq!(id(&String::from_utf8(other).unwrap()), None, "digit {place} of {text}");
        }
        for wrong in ["", "neo_", &text[1..], &format!("{text}x"), &text.replace("neo", "nêo"), "neo_________"] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
        assert_ne!(make().0, made);
    }

    #[test]
    fn the_check_is_a_crc32_in_base62() {
        // CRC-32 of "123456789" is cbf43926: 3421780262.
        assert_eq!(check("123456789"), "3jZRME");
    }
}
