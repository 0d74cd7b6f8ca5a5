//! What is typed about a person, of the console or of a tenant: email and names, checked and in one form.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

const MAX_EMAIL: usize = 254;
const MAX_NAME: usize = 100;

/// The form in which two spellings of one address are equal: trimmed, composed, lower case.
pub(crate) fn canonical(email: &str) -> String {
    email.trim().nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// An address as it is kept: trimmed and composed, else as typed. Whether it exists only a message to it can tell.
pub(crate) fn email(typed: &str) -> Result<String> {
    let email: String = typed.trim().nfc().collect();
    let refuse = |why: &str| {
        Err(Error::invalid("email", format!("\"{}\" is not an email address", crate::error::printable(&email)))
            .cause(why))
    };
    if email.is_empty() {
        return Err(Error::invalid("email", "an email address is needed"));
    }
    if email.len() > MAX_EMAIL {
        return Err(Error::invalid("email", format!("the email address is longer than {MAX_EMAIL} bytes")));
    }
    if email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return refuse("it contains white space");
    }
    match email.rsplit_once('@') {
        None => refuse("it has no @"),
        Some((local, domain)) if local.is_empty() || domain.is_empty() || local.contains('@') => {
            refuse("it needs one @ with something on both sides")
        }
        Some(_) => Ok(email),
    }
}

/// Whether each letter is what it looks like: nothing that is not seen, and none that stands for another (full width, the sign of the
/// kelvin). What somebody else's system says is held to this; who types an address here sees it.
pub(crate) fn is_as_it_looks(typed: &str) -> bool {
    crate::error::printable(typed) == typed && typed.chars().all(|c| std::iter::once(c).nfkc().eq(std::iter::once(c)))
}

/// A first or last name; `field` is where it was typed, `what` how it is called.
pub(crate) fn name(typed: &str, field: &'static str, what: &str) -> Result<String> {
    let name: String = typed.trim().nfc().collect();
    if name.is_empty() {
        return Err(Error::invalid(field, format!("a {what} is needed")));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid(field, format!("the {what} is longer than {MAX_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("the {what} contains control characters")));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_stands_for_another_is_not_what_it_looks_like() {
        for plain in ["ada@example.com", "zo\u{e9}@example.com", "zoe\u{301}@example.com", "\u{434}@example.com"] {
            assert!(is_as_it_looks(plain), "{plain}");
        }
        for odd in ["ada\u{200b}@x.org", "\u{ff41}da@x.org", "\u{212a}im@x.org", "ada\u{202e}@x.org"] {
            assert!(!is_as_it_looks(odd), "{odd}");
        }
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        assert_eq!(canonical("  Ada@Example.COM "), "ada@example.com");
        assert_eq!(canonical("Zoe\u{308}@example.com"), canonical("zoë@EXAMPLE.com"));
    }

    #[test]
    fn an_address_is_refused_for_a_reason_and_by_its_field() {
        assert_eq!(email(" Ada@Example.com ").unwrap(), "Ada@Example.com");
        for wrong in ["", "ada", "@example.com", "ada@", "a@b@c", "ada lovelace@example.com", "a\0@b.c"] {
            assert_eq!(email(wrong).unwrap_err().field, Some("email"), "{wrong:?}");
        }
        assert!(email(&format!("{}@example.com", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_name_is_anything_somebody_may_be_called() {
        assert_eq!(name(" Ngũgĩ wa Thiong'o ", "last_name", "last name").unwrap(), "Ngũgĩ wa Thiong'o");
        assert_eq!(name(" ", "last_name", "last name").unwrap_err().field, Some("last_name"));
        assert!(name("a\u{1b}[31m", "first_name", "first name").is_err());
    }
}
