//! Which rows are meant.

use std::collections::BTreeMap;

use neo_model::{AuditOutcome, shortened};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::actor::{Confinement, Door};
use crate::central::literally;
use crate::clock::{read_rfc3339, rfc3339};
use crate::error::{Error, Result};

/// Which rows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor: Option<String>,
    /// `browser`, `cli`, `api` or `system`.
    pub door: Option<String>,
    /// `admin.create`, or `admin` for all of that noun.
    pub action: Option<String>,
    /// Part of the subject.
    pub subject: Option<String>,
    /// Slug or id of a tenant: what was done to it and to its users, and the runs that it was in.
    pub tenant: Option<String>,
    pub outcome: Option<String>,
    /// Part of anything that the row says.
    pub text: Option<String>,
    /// Epoch milliseconds: from, inclusive; until, exclusive.
    pub from: Option<i64>,
    pub until: Option<i64>,
    /// Rows older than this number: the next page.
    pub before: Option<i64>,
    /// 0 means 100; at most 1000.
    pub limit: u32,
}

/// What a filter is made of as somebody types it: the names are those of an address, of arguments and of flags.
pub const NAMES: [&str; 9] = ["actor", "door", "action", "subject", "tenant", "outcome", "text", "from", "until"];

/// A filter as somebody says it, each part under its name: the flags of a command, the keys of a query. Everything given must hold.
#[derive(Debug, Clone, Default, Deserialize, clap::Args)]
pub struct Said {
    /// Only what this actor did
    #[arg(long)]
    pub actor: Option<String>,
    /// Only what came through this door: browser, cli, api, system
    #[arg(long)]
    pub door: Option<String>,
    /// Only this action (admin.create), or all of a noun (admin)
    #[arg(long)]
    pub action: Option<String>,
    /// Part of what was acted on
    #[arg(long)]
    pub subject: Option<String>,
    /// Only what was done to this tenant and to its users, and the runs that it was in
    #[arg(long, value_name = "SLUG|ID")]
    pub tenant: Option<String>,
    /// Only what came to this: intended, succeeded, failed
    #[arg(long)]
    pub outcome: Option<String>,
    /// Part of anything that a row says
    #[arg(long)]
    pub text: Option<String>,
    /// Not before this time (RFC 3339), or this day
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Before this time, or to the end of this day
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

impl Said {
    pub fn filter(&self) -> Result<Filter> {
        let said = [
            &self.actor,
            &self.door,
            &self.action,
            &self.subject,
            &self.tenant,
            &self.outcome,
            &self.text,
            &self.from,
            &self.until,
        ];
        Filter::read(|name| NAMES.iter().zip(said).find(|(of, _)| **of == name).and_then(|(_, said)| said.clone()))
    }
}

impl Filter {
    /// Reads one that was typed: `said` has what stands under a name. A time is RFC 3339, or a date: the whole of that day.
    pub fn read(said: impl Fn(&str) -> Option<String>) -> Result<Self> {
        // What no row holds, and what not every database takes.
        if let Some(name) = NAMES.into_iter().find(|name| said(name).is_some_and(|text| text.contains('\0'))) {
            return Err(
                Error::invalid(name, format!("\"{name}\" cannot be taken")).cause("it holds a character that is none")
            );
        }
        let text = |name: &str| said(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Self {
            actor: text("actor"),
            door: text("door").map(|word| word.parse::<Door>()).transpose()?.map(|door| door.to_string()),
            action: text("action"),
            subject: text("subject"),
            tenant: text("tenant"),
            outcome: text("outcome").map(|word| word.parse::<AuditOutcome>()).transpose()?.map(|word| word.to_string()),
            text: text("text"),
            from: text("from").map(|said| time("from", &said, 0)).transpose()?,
            until: text("until").map(|said| time("until", &said, DAY)).transpose()?,
            before: None,
            limit: 0,
        })
    }

    /// What chooses, without what turns pages, as it is written down; none where nothing does.
    pub fn said(&self) -> Option<BTreeMap<String, Value>> {
        let said = [
            ("actor", json!(self.actor)),
            ("door", json!(self.door)),
            ("action", json!(self.action)),
            ("subject", json!(self.subject)),
            ("tenant", json!(self.tenant)),
            ("outcome", json!(self.outcome)),
            ("text", json!(self.text)),
            ("from", json!(self.from.map(rfc3339))),
            ("until", json!(self.until.map(rfc3339))),
        ];
        let said: BTreeMap<_, _> = said
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        (!said.is_empty()).then_some(said)
    }
}

/// What is bound to a place of a statement.
pub(super) enum Bound {
    Text(String),
    Number(i64),
}

/// A filter as conditions on `audit`: only those that are given, so that an index on one of them is of use.
pub(super) struct Where {
    conditions: Vec<String>,
    pub bound: Vec<Bound>,
}

impl Where {
    pub fn of(filter: &Filter, confinement: Option<&Confinement>) -> Self {
        let mut all = Self { conditions: Vec::new(), bound: Vec::new() };
        for (column, is) in [("actor", &filter.actor), ("door", &filter.door), ("outcome", &filter.outcome)] {
            if let Some(is) = is {
                let place = all.bind(is.clone());
                all.and(format!("{column} = {place}"));
            }
        }
        if let Some(action) = &filter.action {
            let (whole, noun) = (all.bind(action.clone()), all.bind(format!("{}.%", literally(action))));
            all.and(format!(r"(action = {whole} or action like {noun} escape '\')"));
        }
        // How a run's tenants were chosen is in its body, and not for whoever is confined: nothing is found by it.
        const SEEN: &str =
            "actor || ' ' || action || ' ' || subject || ' ' || coalesce(address, '') || ' ' || request_id";
        let whole = format!("{SEEN} || ' ' || body");
        let all_of = if confinement.is_some() { SEEN } else { whole.as_str() };
        for (of, part) in [("subject", &filter.subject), (all_of, &filter.text)] {
            if let Some(part) = part {
                let place = all.bind(format!("%{}%", literally(&part.to_lowercase())));
                all.and(format!(r"lower({of}) like {place} escape '\'"));
            }
        }
        if let Some(key) = &filter.tenant {
            let key = all.bind(key.clone());
            all.and(of_tenant(&key));
        }
        if let Some(from) = filter.from {
            let from = all.bind(from);
            all.and(format!("at >= {from}"));
        }
        if let Some(until) = filter.until {
            let until = all.bind(until);
            all.and(format!("at < {until}"));
        }
        if let Some(confinement) = confinement {
            all.inside(confinement);
        }
        all
    }

    /// The place that this is bound to.
    pub fn bind(&mut self, value: impl Into<Bound>) -> String {
        self.bound.push(value.into());
        format!("${}", self.bound.len())
    }

    pub fn and(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    pub fn sql(&self) -> String {
        if self.conditions.is_empty() { "1 = 1".to_owned() } else { self.conditions.join(" and ") }
    }

    /// Rows about the tenants inside, and about runs on these alone.
    fn inside(&mut self, confinement: &Confinement) {
        let first = self.bound.len() + 1;
        let (tenants, bound) = confinement.sql("t", first);
        let (runs, _) = crate::runs::within(Some(confinement), first);
        self.bound.extend(bound.into_iter().map(Bound::Text));
        self.and(format!(
            "(subject in (select 'tenant:' || t.id || ' ' || t.slug from tenants t where {tenants})
              or subject in (select 'run:' || cast(runs.number as text) from runs where {runs}))"
        ));
    }
}

/// What was done to the tenants that `key` names, to their users, and the runs that they were in. A slug may have been several
/// tenants', one after the other.
fn of_tenant(key: &str) -> String {
    let them = format!("(select id from tenants where slug = {key} or id = {key})");
    format!(
        r#"(subject in (select 'tenant:' || id || ' ' || slug from tenants where id in {them})
            or subject in (select 'run:' || cast(k.run_number as text) from tasks k where k.tenant_id in {them} and k.run_number is not null)
            or (subject like 'tenant\_user:%' escape '\' and exists
                (select 1 from tenants u where u.id in {them} and audit.body like '%"tenant":"' || u.slug || '"%')))"#
    )
}

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Bound::Text(text)
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Bound::Number(number)
    }
}

const DAY: i64 = 86_400_000;

fn time(field: &'static str, text: &str, into_the_day: i64) -> Result<i64> {
    let day = || read_rfc3339(&format!("{text}T00:00:00Z")).map(|midnight| midnight + into_the_day);
    read_rfc3339(text).or_else(day).ok_or_else(|| {
        Error::invalid(field, format!("\"{}\" is no time", shortened(text)))
            .hint("a date like 2026-11-28, or a time like 2026-11-28T09:30:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_as_it_was_typed_and_a_day_is_all_of_it() {
        let read = |name: &'static str, text: &'static str| Filter::read(|n| (n == name).then(|| text.to_owned()));
        let midnight = 1_795_824_000_000;
        assert_eq!(read("from", "2026-11-28").unwrap().from, Some(midnight));
        assert_eq!(read("until", "2026-11-28").unwrap().until, Some(midnight + DAY));
        assert_eq!(read("until", "2026-11-28T01:00:00+01:00").unwrap().until, Some(midnight));
        assert_eq!(read("text", "  ").unwrap(), Filter::default());
        for (name, wrong) in [("from", "yesterday"), ("door", "window"), ("outcome", "done"), ("text", "a\0b")] {
            assert_eq!(read(name, wrong).unwrap_err().field, Some(name));
        }
        assert_eq!(Filter::default().said(), None);
        assert_eq!(read("door", "cli").unwrap().said().unwrap().len(), 1);
    }
}
