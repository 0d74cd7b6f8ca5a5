//! Which tenants, and how a run behaves: the options that several commands share.

use clap::Args;
use neo_model::Unreadable;

use super::central::Central;
use super::live::Follow;
use crate::clock::milliseconds;
use crate::error::{Do, Error, Result};
use crate::runs::{Amount, Goal, Moment, OnError, Policy, Request, Wait, Wave};
use crate::tenants::Filter;

/// Narrows the tenants. Everything given must hold.
#[derive(Args)]
pub struct Narrow {
    /// Only tenants on this server
    #[arg(long, value_name = "NAME")]
    pub server: Option<String>,
    /// Only tenants with this tag; may be repeated, then all must be there
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only tenants behind the newest version, or behind VERSION (as --behind=VERSION)
    #[arg(long, value_name = "VERSION", num_args = 0..=1, require_equals = true, default_missing_value = "newest")]
    pub behind: Option<String>,
}

impl Narrow {
    pub async fn filter(self, central: &dyn Central, keys: Vec<String>) -> Result<Filter> {
        let behind = match self.behind.as_deref() {
            None => None,
            Some("newest") => central.newest().await?,
            Some(text) => Some(central.version(text).await?),
        };
        Ok(Filter { keys, server: self.server, tags: self.tag, behind, ..Filter::default() })
    }
}

/// How a run behaves.
#[derive(Args)]
#[command(next_help_heading = "The run")]
pub struct Behaviour {
    /// Show the plan; nothing is touched
    #[arg(long)]
    pub dry_run: bool,
    /// Tenants worked on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    concurrency: Option<u32>,
    /// Who goes first: 5, 10%, tag:early, or slugs; the rest follows only if none of them fails
    ///
    /// With --max-failures, that says how many may fail. A number or a share is taken from every server in turn, the quickest
    /// known first, among those that have something to do.
    #[arg(long, value_name = "N|N%|tag:TAG|SLUG,…", value_parser = wave)]
    canary: Option<Wave>,
    /// Who goes next, before the rest; may be repeated
    #[arg(long, value_name = "N|N%|tag:TAG|SLUG,…", value_parser = wave)]
    wave: Vec<Wave>,
    /// Wait for a person after the canary, or after each wave (--wait=each): `neo run resume` goes on
    #[arg(long, value_name = "canary|each", num_args = 0..=1, require_equals = true, default_missing_value = "canary", value_parser = wait)]
    wait: Option<Wait>,
    /// Whether a failed tenant stops the others
    #[arg(long, value_name = "continue|stop", value_parser = on_error, default_value = "continue")]
    on_error: OnError,
    /// Halt when more tenants than this fail: 5 or 2%
    #[arg(long, value_name = "N|N%", value_parser = amount)]
    max_failures: Option<Amount>,
    /// Halt when more tenants than this fail for one cause
    #[arg(long, value_name = "N")]
    max_same: Option<u32>,
    /// Skip tenants seen current less long ago than this; 0 connects to all [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    trust: Option<i64>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only queue the run and print its number; `neo serve` or `neo work` does it
    #[arg(long)]
    detach: bool,
    /// Begin at this time: 2026-11-26T02:00:00Z, or in a while: +90m; `neo serve` or `neo work` does it
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Moment>,
    /// Go on in spite of maintenance windows, and why: for a superadmin; the words are kept
    #[arg(long, value_name = "TEXT")]
    despite_windows: Option<String>,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
    #[command(flatten)]
    pub follow: Follow,
}

impl Behaviour {
    /// What is asked for with all this.
    pub fn request(&self, goal: Goal, selection: Filter) -> Request {
        Request {
            goal,
            selection,
            policy: self.policy(),
            reason: self.reason.clone(),
            confirm: None,
            expect: None,
            not_before: self.at,
            detached: self.detach || self.at.is_some(),
        }
    }

    pub fn policy(&self) -> Policy {
        let mut policy = Policy {
            on_error: self.on_error,
            max_failures: self.max_failures,
            max_same: self.max_same,
            waves: self.canary.iter().chain(&self.wave).cloned().collect(),
            wait: self.wait.unwrap_or_default(),
            despite_windows: self.despite_windows.clone(),
            ..Policy::default()
        };
        if let Some(n) = self.concurrency {
            // Asked for by name, it holds on a single server as well; the server's own limit still does.
            (policy.concurrency, policy.per_server) = (n, n);
        }
        if let Some(trust) = self.trust {
            policy.trust_ms = trust;
        }
        policy
    }

    /// The policy as a plan has it: it believes whom its run believes.
    pub fn planned(&self) -> Policy {
        let policy = self.policy();
        Policy { trust_ms: policy.trust_until(self.at), ..policy }
    }
}

/// `--to` as a version: given as such, or as `<version>_<name>`.
pub async fn version(central: &dyn Central, text: Option<&str>) -> Result<Option<i64>> {
    match text {
        Some(text) => Ok(Some(central.version(text).await?)),
        None => Ok(None),
    }
}

/// What can be typed instead, or what is wrong with what was.
fn instead(e: Unreadable) -> String {
    e.hint.unwrap_or(e.message)
}

fn on_error(text: &str) -> Result<OnError, String> {
    text.parse().map_err(instead)
}

fn amount(text: &str) -> Result<Amount, String> {
    text.parse().map_err(instead)
}

fn wave(text: &str) -> Result<Wave, String> {
    text.parse().map_err(|e: Unreadable| e.message)
}

fn wait(text: &str) -> Result<Wait, String> {
    let after = text.parse().ok().filter(|wait| *wait != Wait::Never);
    after.ok_or_else(|| format!("one of: {}, {}", Wait::Canary, Wait::Each))
}

fn moment(text: &str) -> Result<Moment, String> {
    match text.strip_prefix('+') {
        Some(span) => milliseconds(span).map(Moment::In),
        None => text.parse().map_err(instead),
    }
}

/// A run's number as it is typed: `1842` or `#1842`.
pub fn run_number(text: &str) -> Result<i64, String> {
    text.trim_start_matches('#').parse().ok().filter(|n| *n > 0).ok_or_else(|| "a run has a number: 1842".to_owned())
}

/// The tenants somebody named, or an error where a command wants at least one.
pub fn named(keys: &[String]) -> Result<()> {
    match keys.iter().find(|key| key.is_empty()) {
        Some(_) => Err(Error::invalid("tenant", "a tenant's name is empty").hint(Do::ListTenants {})),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_with_a_unit() {
        assert_eq!(milliseconds("24h"), Ok(86_400_000));
        assert_eq!(milliseconds("0"), Ok(0));
        assert_eq!(milliseconds("250ms"), Ok(250));
        assert!(milliseconds("h").is_err());
        assert!(milliseconds("5 weeks").is_err());
        assert!(milliseconds("-1h").is_err());
    }

    #[test]
    fn a_moment_is_a_time_or_a_while() {
        assert_eq!(moment("1970-01-01T02:01:00+02:00"), Ok(Moment::At(60_000)));
        assert_eq!(moment("+2h"), Ok(Moment::In(7_200_000)));
        for wrong in ["tomorrow", "02:00", "2026-11-26T02:00:00", "+", "-1h"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
