//! Names that people give to what they make here: in one line, short, and of what each may be made of.

use neo_model::shortened;

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

/// ASCII letters, digits and `- _ .`: what needs no quotes anywhere.
pub(crate) fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
