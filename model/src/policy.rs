//! How a run behaves: how much at once, who goes first, and what ends it early.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Unreadable, printable, read_rfc3339};

names! {
    /// What the failure of a tenant means for the others.
    #[derive(Default)]
    pub enum OnError: "on_error", "what a run does on a failure" {
        #[default]
        Continue = "continue",
        Stop = "stop",
    }
}

/// A number of tenants, or a share of them: `5`, `2%`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Amount {
    Count(u32),
    Percent(f64),
}

impl Amount {
    /// Out of `total`, rounded up: a share of something is never nothing.
    pub fn of(self, total: usize) -> usize {
        match self {
            Amount::Count(n) => n as usize,
            Amount::Percent(share) => (share / 100.0 * total as f64).ceil() as usize,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Count(n) => write!(f, "{n}"),
            Amount::Percent(share) => write!(f, "{share}%"),
        }
    }
}

impl FromStr for Amount {
    type Err = Unreadable;
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let amount = match text.trim().strip_suffix('%') {
            Some(share) => share.trim().parse().ok().filter(|s| (0.0..=100.0).contains(s)).map(Amount::Percent),
            None => text.trim().parse().ok().map(Amount::Count),
        };
        amount.ok_or_else(|| {
            Unreadable::new("max_failures", format!("\"{}\" is not an amount", printable(text)))
                .hint("a number of tenants, or a share from 0% to 100%: 5, 2%")
        })
    }
}

/// Who a wave is: some of the tenants that are left, those with a tag, or those that are named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Wave {
    Some(Amount),
    Tag(String),
    /// Slugs or ids.
    Tenants(Vec<String>),
}

impl fmt::Display for Wave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wave::Some(amount) => write!(f, "{amount}"),
            Wave::Tag(tag) => write!(f, "tag:{tag}"),
            Wave::Tenants(keys) => f.write_str(&keys.join(",")),
        }
    }
}

impl FromStr for Wave {
    type Err = Unreadable;

    /// `5`, `10%`, `tag:early`, `acme,beta`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let wrong = |why: &str| {
            Unreadable::new("wave", format!("\"{}\" is no wave: {why}", printable(text)))
                .hint("a number of tenants, a share of them, a tag, or slugs: 5, 10%, tag:early, acme,beta")
        };
        if let Some(tag) = text.strip_prefix("tag:") {
            return if tag.is_empty() { Err(wrong("the tag is empty")) } else { Ok(Wave::Tag(tag.to_owned())) };
        }
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !text.contains(',') || text.ends_with('%') {
            return match text.parse() {
                Ok(Amount::Count(0)) => Err(wrong("it has no tenants")),
                Ok(Amount::Percent(0.0)) => Err(wrong("it has no tenants")),
                Ok(amount) => Ok(Wave::Some(amount)),
                // A slug may begin with a digit.
                Err(_) if !text.ends_with('%') && !text.starts_with('-') => Ok(Wave::Tenants(vec![text.to_owned()])),
                Err(_) => Err(wrong("a share lies between 0% and 100%")),
            };
        }
        let keys: Vec<String> = text.split(',').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect();
        if keys.is_empty() { Err(wrong("it names nobody")) } else { Ok(Wave::Tenants(keys)) }
    }
}

names! {
    /// After which waves a person has to say that the run may go on.
    #[derive(Default)]
    pub enum Wait: "wait", "when a run waits" {
        #[default]
        Never = "never",
        /// After the first.
        Canary = "canary",
        Each = "each",
    }
}

impl Wait {
    /// Whether somebody is waited for when `wave` (from 1) is over.
    pub fn after(self, wave: i64) -> bool {
        match self {
            Wait::Never => false,
            Wait::Canary => wave == 1,
            Wait::Each => true,
        }
    }
}

/// When a run may begin: at a time (epoch milliseconds), or so many milliseconds after it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Moment {
    At(i64),
    In(i64),
}

impl Moment {
    /// In epoch milliseconds, given the present.
    pub fn after(self, now: i64) -> i64 {
        match self {
            Moment::At(at) => at,
            Moment::In(ms) => now.saturating_add(ms),
        }
    }
}

impl FromStr for Moment {
    type Err = Unreadable;

    /// RFC 3339: `2026-11-26T02:00:00Z`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let at = read_rfc3339(text.trim()).map(Moment::At);
        at.ok_or_else(|| {
            Unreadable::new("at", format!("\"{}\" is not a time", printable(text)))
                .hint("a time with its zone, as in 2026-11-26T02:00:00Z, or a while from now: +90m")
        })
    }
}

/// How a run behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Policy {
    /// Tenants worked on at once, over all servers.
    pub concurrency: u32,
    /// The same per server.
    pub per_server: u32,
    /// Who goes first, one wave after the other; whoever is left is the last wave. The first is the canary.
    pub waves: Vec<Wave>,
    pub wait: Wait,
    pub on_error: OnError,
    /// More failures than this halt the run by itself.
    pub max_failures: Option<Amount>,
    /// More failures of one cause than this halt the run by itself.
    pub max_same: Option<u32>,
    /// Tenants known to be current whose last look is younger than this are skipped without a connection. 0 connects to all.
    pub trust_ms: i64,
    pub connect_timeout_ms: u64,
    pub lock_timeout_ms: u64,
    pub lock_deadline_ms: u64,
    /// Go on in spite of maintenance windows, and why: the words are kept with the run and in the audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub despite_windows: Option<String>,
}

impl Policy {
    /// Whether somebody goes first, or a person is waited for.
    pub fn has_waves(&self) -> bool {
        !self.waves.is_empty() || self.wait != Wait::Never
    }

    /// The trust of a run that is to begin then: one that is put off believes nobody, since what is known may have changed by then.
    pub fn trust_until(&self, not_before: Option<Moment>) -> i64 {
        if not_before.is_some() { 0 } else { self.trust_ms }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            concurrency: 8,
            per_server: 8,
            waves: Vec::new(),
            wait: Wait::Never,
            on_error: OnError::Continue,
            max_failures: None,
            max_same: None,
            trust_ms: 24 * 3_600_000,
            connect_timeout_ms: 10_000,
            lock_timeout_ms: 5_000,
            lock_deadline_ms: 15_000,
            despite_windows: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_typed_as_a_number_a_share_a_tag_or_names() {
        let read = |text: &str| text.parse::<Wave>().expect("a wave");
        assert_eq!(read("5"), Wave::Some(Amount::Count(5)));
        assert_eq!(read("2.5%"), Wave::Some(Amount::Percent(2.5)));
        assert_eq!(read("tag:early"), Wave::Tag("early".into()));
        assert_eq!(read("acme, beta"), Wave::Tenants(vec!["acme".into(), "beta".into()]));
        assert_eq!(read("3m-benelux"), Wave::Tenants(vec!["3m-benelux".into()]));
        for wave in ["5", "2.5%", "tag:early", "acme,beta"] {
            assert_eq!(read(wave).to_string(), wave, "as it was typed");
        }
        for wrong in ["0", "0%", "101%", "-1", "tag:", ",", ""] {
            assert!(wrong.parse::<Wave>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_share_of_something_is_never_nothing() {
        assert_eq!(Amount::Percent(1.0).of(7), 1);
        assert_eq!(Amount::Percent(50.0).of(7), 4);
        assert_eq!(Amount::Percent(100.0).of(7), 7);
        assert_eq!(Amount::Count(3).of(7), 3);
    }

    #[test]
    fn a_run_that_is_put_off_believes_nobody() {
        let policy = Policy::default();
        assert_eq!(policy.trust_until(None), policy.trust_ms);
        assert_eq!(policy.trust_until(Some(Moment::In(1))), 0);
    }

    #[test]
    fn a_budget_is_a_number_or_a_share() {
        assert_eq!("5".parse::<Amount>().ok(), Some(Amount::Count(5)));
        assert_eq!("2.5%".parse::<Amount>().ok(), Some(Amount::Percent(2.5)));
        for wrong in ["101%", "-1", "NaN%", "", "%"] {
            assert!(wrong.parse::<Amount>().is_err(), "{wrong:?}");
        }
    }
}
