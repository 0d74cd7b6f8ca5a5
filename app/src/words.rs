//! The platform's own words for its states, as addresses and forms have them: `suspended`, `verify-full`, `rollback`.

use std::str::FromStr;

use neo::error::{Error, Result, printable};

/// The state that this word means; `field` is where it was typed.
pub fn parse<T: FromStr>(field: &'static str, word: &str) -> Result<T> {
    word.parse().map_err(|_| Error::invalid(field, format!("\"{}\" is not a {field} that Neo knows", printable(word))))
}

/// A word of a command, for a POSIX shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neo::tenants::Status;

    #[test]
    fn a_state_reads_back_from_its_word() {
        assert_eq!(parse::<Status>("status", "suspended").ok(), Some(Status::Suspended));
        assert!(parse::<Status>("status", "asleep").is_err());
    }
}
