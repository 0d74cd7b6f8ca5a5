//! Names that people give to what they make here: in one line, short, and of what each may be made of.

use neo_model::{printable, seen, shortened};

use crate::error::{Error, Result};

/// In characters.
const LONGEST: usize = 60;

/// What the names of one kind of thing may be.
pub(crate) struct Rule {
    /// `channel`
    pub of: &'static str,
    /// Where one is made, if its name stands in an address: `/channels/new`.
    pub made_at: Option<&'static str>,
    /// Whether it may be this, as far as it is short enough.
    pub is: fn(&str) -> bool,
    pub hint: &'static str,
}

/// The name as it is kept.
pub(crate) fn check(typed: &str, rule: &Rule) -> Result<String> {
    let name = typed.trim();
    let Rule { of, made_at, is, hint } = rule;
    if let Some(made_at) = made_at.filter(|_| name == "new") {
        return Err(Error::invalid("name", format!("\"new\" cannot be a {of}'s name: at {made_at} one is added")));
    }
    // In an address these two are another place.
    let is_place = made_at.is_some() && matches!(name, "." | "..");
    match (1..=LONGEST).contains(&name.chars().count()) && !is_place && is(name) {
        true => Ok(name.to_owned()),
        false => {
            Err(Error::invalid("name", format!("\"{}\" cannot be the name of a {of}", shortened(name))).hint(*hint))
        }
    }
}

/// Refuses a text with a character that nobody sees where it stands, and says which: what looks like one place would be another.
/// `what` is how it is called where it was typed.
pub(crate) fn refuse_unseen(field: &'static str, what: &str, text: &str) -> Result<()> {
    let Some((unseen, _)) = seen(text).find(|(_, is_seen)| !is_seen) else { return Ok(()) };
    let told = format!("{what} has a character that nobody sees: U+{:04X}, which {}", u32::from(unseen), does(unseen));
    Err(Error::invalid(field, told).cause(printable(text)).hint("type it anew, without that character"))
}

fn does(unseen: char) -> &'static str {
    match unseen {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "ends the line",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "turns the direction of writing"
        }
        c if c.is_control() => "is a control character",
        _ => "takes no room",
    }
}

/// ASCII letters, digits and `- _ .`: what needs no quotes anywhere.
pub(crate) fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_refused_by_its_number_and_what_it_does() {
        for (text, said) in [
            ("te\u{200b}nant.db", "U+200B, which takes no room"),
            ("te\u{202e}bd.tnan", "U+202E, which turns the direction of writing"),
            ("tenant\u{7}.db", "U+0007, which is a control character"),
            ("tenant.db\n", "U+000A, which ends the line"),
        ] {
            let error = refuse_unseen("database", "the path", text).unwrap_err();
            assert_eq!(error.message, format!("the path has a character that nobody sees: {said}"));
            assert!(error.field == Some("database") && error.cause.is_some_and(|cause| cause.contains("\\")));
        }
        for text in ["", "/srv/kunden/Müller & Söhne.db", "علی\u{200c}رضا", "🇩🇪"] {
            assert!(refuse_unseen("database", "the path", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_name_is_short_of_what_it_may_be_and_no_other_place_in_an_address() {
        let rule = Rule { of: "thing", made_at: Some("/things/new"), is: is_plain, hint: "plain" };
        assert_eq!(check(" on-call.2 ", &rule).unwrap(), "on-call.2");
        let long = "x".repeat(LONGEST + 1);
        for name in ["", "new", ".", "..", "a b", "ä", "a\u{202e}", long.as_str()] {
            let error = check(name, &rule).unwrap_err();
            assert!(error.field == Some("name") && error.message.contains("thing"), "{name}: {error}");
        }
        let no_address = Rule { made_at: None, ..rule };
        assert_eq!(check("new", &no_address).unwrap(), "new");
    }
}
