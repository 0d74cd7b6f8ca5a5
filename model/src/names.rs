//! Enumerations whose values have one name each, and what is said of a text that is none of them.

use std::fmt;

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

/// Control characters and those that turn the direction of writing escaped, so that a name typed by somebody can neither
/// drive a terminal nor be read as another.
pub fn printable(text: &str) -> String {
    let escaped =
        |c: char| if c.is_control() || is_unseen(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] };
    text.chars().flat_map(escaped).collect()
}

/// Whether a character is seen by nobody: it changes the direction in which its neighbours are written, or takes no room. (Those
/// that join or part letters are needed by some scripts.)
pub fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A text of somebody else's in one line: control characters and those that turn the direction of writing become spaces, or
/// nothing, so that it can neither drive a terminal nor forge a line.
pub fn clean(text: &str) -> String {
    let shown = |c: char| {
        if matches!(c, '\n' | '\r' | '\t') { Some(' ') } else { (!is_unseen(c) && !c.is_control()).then_some(c) }
    };
    text.chars().filter_map(shown).collect::<String>().trim().to_owned()
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
