//! Maintenance windows: times at which no run changes the tenants that they are about.

use serde::{Deserialize, Serialize};

names! {
    /// How often a window comes.
    #[derive(Default)]
    pub enum Repeat: "repeat", "how often a window comes" {
        #[default]
        Once = "once",
        Daily = "daily" => "every day",
        Weekly = "weekly" => "every week",
    }
}

/// A maintenance window: from, to, and on whom. Everything given must hold of a tenant; nothing given means all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WindowRow {
    pub id: String,
    pub name: String,
    /// As its zone's clocks show it: `2026-12-04T22:00`. Of one that comes again, the first time.
    pub from: String,
    pub to: String,
    /// `UTC`, an offset such as `+01:00`, or a name such as `Europe/Berlin`.
    pub zone: String,
    pub repeat: Repeat,
    /// All in one line, for people: `every week, Fri 22:00 to Mon 06:00, Europe/Berlin`.
    pub when: String,
    /// A tenant that it is about has all of these.
    pub tags: Vec<String>,
    /// By slug.
    pub tenants: Vec<String>,
    /// By name.
    pub server: Option<String>,
    /// How many tenants it is about at present.
    pub covers: i64,
    /// One that is off keeps nobody.
    pub enabled: bool,
    /// No run changes its tenants now.
    pub in_force: bool,
    /// When it is, or comes next; null of one that is over.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub next_from: Option<i64>,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub next_to: Option<i64>,
    pub made_by: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
}

/// Tenants that a window keeps from a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InWindow {
    /// The window's name.
    pub window: String,
    /// How many; a tenant of two windows is counted in both.
    pub tenants: i64,
    /// The first of them, as many as one reads.
    pub first: Vec<String>,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub until: i64,
}

impl InWindow {
    /// `12 tenants are in the window "no runs" until 2026-11-30T06:00:00.000Z`
    pub fn words(&self) -> String {
        let who = match (self.tenants, self.first.as_slice()) {
            (1, [one]) => format!("{one} is"),
            (1, _) => "1 tenant is".to_owned(),
            (n, _) => format!("{n} tenants are"),
        };
        format!("{who} in the window \"{}\" until {}", self.window, crate::rfc3339(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_kept_is_said_with_the_window_and_its_end() {
        let kept = |tenants, first: &[&str]| InWindow {
            window: "no runs".into(),
            tenants,
            first: first.iter().map(|slug| (*slug).to_owned()).collect(),
            until: 60_000,
        };
        assert_eq!(kept(1, &["acme"]).words(), "acme is in the window \"no runs\" until 1970-01-01T00:01:00.000Z");
        assert_eq!(
            kept(12, &["acme", "beta"]).words(),
            "12 tenants are in the window \"no runs\" until 1970-01-01T00:01:00.000Z"
        );
    }
}
