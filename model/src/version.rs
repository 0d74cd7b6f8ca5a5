//! The version of a migration: the fourteen digits that its files' names begin with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Unreadable, shortened};

/// `20250126000006`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Version(pub i64);

impl Version {
    /// So many digits it has.
    pub const DIGITS: usize = 14;

    /// The version that a label or a file's name begins with.
    pub fn of(label: &str) -> Option<Self> {
        let digits = label.get(..Self::DIGITS).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok().map(Self)
    }
}

impl FromStr for Version {
    type Err = Unreadable;

    /// The digits, and nothing after them.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::of(text).filter(|_| text.len() == Self::DIGITS).ok_or_else(|| {
            Unreadable::new("version", format!("\"{}\" is not a version", shortened(text)))
                .hint("14 digits, as the files' names begin with: 20250126000006")
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_fourteen_digits() {
        assert_eq!("20250126000006".parse(), Ok(Version(20_250_126_000_006)));
        assert_eq!("00000000000001".parse::<Version>().map(|v| v.to_string()).as_deref(), Ok("00000000000001"));
        for wrong in ["", "2025", "202501260000061", "2025012600000x", "+2025012600006", "20250126000006_add"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong:?}");
        }
        assert_eq!(Version::of("20250126000006_add_custom_fields"), Some(Version(20_250_126_000_006)));
        assert_eq!(Version::of("éééééééé_add"), None);
    }
}
