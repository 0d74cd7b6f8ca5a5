//! What a slug may be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Unreadable, shortened};

/// The most that a label of a host has.
const LONGEST: usize = 63;

/// The name of a tenant in addresses and commands: the first label of its host, so it is a DNS label,
/// `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(extend("pattern" = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")))]
pub struct Slug(String);

impl Slug {
    /// Whether a text is made as slugs are.
    pub fn is_one(text: &str) -> bool {
        let part = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let bytes = text.as_bytes();
        (1..=LONGEST).contains(&bytes.len())
            && bytes.iter().all(|c| part(*c) || *c == b'-')
            && bytes.first().copied().is_some_and(part)
            && bytes.last().copied().is_some_and(part)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        if Self::is_one(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(Unreadable::new("slug", format!("\"{}\" cannot be a slug", shortened(text)))
            .hint("1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit"))
    }
}

impl TryFrom<String> for Slug {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_label_of_a_host() {
        for slug in ["a", "0", "acme", "acme-corp", "3m-benelux", &"x".repeat(63)] {
            assert_eq!(slug.parse::<Slug>().map(String::from).as_deref(), Ok(slug));
        }
        for wrong in ["", "-a", "a-", "-", "Acme", "a_b", "a.b", "é", "a b", &"x".repeat(64)] {
            assert!(!Slug::is_one(wrong) && wrong.parse::<Slug>().is_err(), "{wrong:?}");
        }
        let error = "x".repeat(200).parse::<Slug>().expect_err("too long");
        assert_eq!(error.message, format!("\"{}…\" cannot be a slug", "x".repeat(60)));
        assert!(serde_json::from_str::<Slug>("\"a_b\"").is_err(), "nor by another door");
    }
}
