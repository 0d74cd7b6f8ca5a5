//! Enumerations whose values have one name each, and what is said of a text that is none of them.

use std::fmt;

use crate::seen;

/// A text that cannot be read: where it was typed, what is wrong with it, and what can be typed instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The form field, flag or argument.
    pub field: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Unreadable {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unreadable {}

/// What is not seen escaped ([`seen`]), so that a name typed by somebody can neither drive a terminal nor be read as another.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (c, is_seen) in seen(text) {
        if is_seen { shown.push(c) } else { shown.extend(c.escape_default()) }
    }
    shown
}

/// A text of somebody else's in one line: what is not seen becomes spaces, or nothing, so that it can neither drive a terminal nor
/// forge a line.
pub fn clean(text: &str) -> String {
    let shown = |(c, is_seen): (char, bool)| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c => is_seen.then_some(c),
    };
    seen(text).filter_map(shown).collect::<String>().trim().to_owned()
}

/// A JSON document with what is not seen in its texts by their numbers: it says the same, and drives no terminal.
pub fn legible(document: String) -> String {
    let is_ours = |c: char| matches!(c, '\n' | '\t');
    if seen(&document).all(|(c, is_seen)| is_seen || is_ours(c)) {
        return document;
    }
    let mut shown = String::with_capacity(document.len() + 64);
    for (c, is_seen) in seen(&document) {
        if is_seen || is_ours(c) {
            shown.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    shown
}

/// What somebody typed, short and harmless enough to be repeated.
pub fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    printable(&shown)
}

/// An enumeration whose values have one name each. The name is what is stored, sent and typed; `=> "word"` is what a person
/// reads, where that is something else. The texts after the type say which field it is typed in,
/// what it is called there, and the choices where they are told in another order.
macro_rules! names {
    (
        $(#[$meta:meta])*
        pub enum $Type:ident: $field:literal, $what:literal $(; $choices:literal)? {
            $($(#[$doc:meta])* $Value:ident = $name:literal $(=> $word:literal)?),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        pub enum $Type {
            $($(#[$doc])* #[serde(rename = $name)] $Value),+
        }

        impl $Type {
            pub const ALL: [$Type; [$($name),+].len()] = [$($Type::$Value),+];

            /// Its name: what is stored, sent and typed.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($Type::$Value => $name),+
                }
            }

            /// What a person reads.
            pub const fn word(self) -> &'static str {
                match self {
                    $($Type::$Value => names!(@word $name $(, $word)?)),+
                }
            }
        }

        impl std::str::FromStr for $Type {
            type Err = $crate::Unreadable;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $Type::ALL.into_iter().find(|value| value.as_str() == text).ok_or_else(|| {
                    $crate::Unreadable::new($field, format!("\"{}\" is not {}", $crate::printable(text), $what))
                        .hint(format!("one of: {}", names!(@choices [$($name),+] $($choices)?)))
                })
            }
        }

        impl std::fmt::Display for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    (@choices [$($name:literal),+]) => { [$($name),+].join(", ") };
    (@choices [$($name:literal),+] $choices:literal) => { $choices };
    (@word $name:literal) => { $name };
    (@word $name:literal, $word:literal) => { $word };
}

#[cfg(test)]
mod tests {
    names! {
        pub enum Weather: "weather", "a weather" {
            Fine = "fine",
            Cloudy = "cloudy" => "some clouds",
        }
    }

    #[test]
    fn a_document_says_the_same_and_shows_what_is_in_it() {
        let said = serde_json::json!({ "name": "a\u{9b}2J\u{1b}\u{202e}\u{e0041}\n", "Zoë": ["علی\u{200c}رضا", "👩\u{200d}💻"] });
        let shown = super::legible(serde_json::to_string_pretty(&said).expect("JSON"));
        assert!(shown.contains(r"a\u009b2J\u001b\u202e\udb40\udc41\n") && shown.contains("علی\u{200c}رضا"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), said);
    }

    #[test]
    fn one_name_is_stored_sent_and_typed_and_one_word_is_read() {
        for weather in Weather::ALL {
            assert_eq!(weather.as_str().parse(), Ok(weather));
            assert_eq!(serde_json::to_value(weather).expect("JSON"), weather.as_str());
        }
        assert_eq!((Weather::Fine.word(), Weather::Cloudy.word()), ("fine", "some clouds"));
        let error = "fo\u{1b}ggy".parse::<Weather>().expect_err("no such");
        assert_eq!(error.message, "\"fo\\u{1b}ggy\" is not a weather");
        assert_eq!((error.field, error.hint.as_deref()), ("weather", Some("one of: fine, cloudy")));
        assert!("Fine".parse::<Weather>().is_err(), "a name is written in one way");
    }
}
