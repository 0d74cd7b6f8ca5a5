//! *Needs attention*: each line a count, where to look, and what to do about it.

use neo::actor::{Actor, Permission};
use neo::fleet::{Attention, Need};
use neo::runs::Acknowledged;
use neo::tenants::{Quarantine, Tenant};

use crate::may::denied;
use crate::rooms::migrations::{changed, links as migrations};
use crate::rooms::requests::links as requests;
use crate::rooms::runs::links as in_runs;
use crate::rooms::runs::words::drifted;
use crate::ui::text;

/// Those whose provisioning stopped.
const NOT_MADE: &str = "/tenants?status=failed";

pub struct Item {
    pub count: i64,
    pub what: String,
    pub detail: Vec<Detail>,
    pub href: String,
    pub tone: Tone,
    /// What to do: the words on it and where it leads; the reason when this role may not.
    pub act: Option<(String, String)>,
    pub denied: Option<String>,
}

/// A line under an item.
pub enum Detail {
    /// In a database's own words.
    Error(String),
    Plain(String),
    /// Who looks into it.
    OnIt(Acknowledged),
    /// Which of them, and how many more.
    Some(Vec<String>, i64),
    /// Why somebody is left out, whose it is, and until when.
    LeftOut {
        slug: String,
        quarantine: Quarantine,
    },
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Failed,
    Odd,
    Due,
}

impl Item {
    fn new(count: i64, what: impl Into<String>, href: impl Into<String>) -> Self {
        let (what, href) = (what.into(), href.into());
        Self { count, what, detail: Vec::new(), href, tone: Tone::Failed, act: None, denied: None }
    }

    fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn detail(mut self, detail: impl IntoIterator<Item = Detail>) -> Self {
        self.detail.extend(detail);
        self
    }

    fn act(self, label: impl Into<String>, href: impl Into<String>, denied: Option<String>) -> Self {
        Self { act: Some((label.into(), href.into())), denied, ..self }
    }
}

/// `1 tenant is`, `3 tenants are`: the count stands before it.
fn of(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", if n == 1 { "tenant" } else { "tenants" }, if n == 1 { one } else { many })
}

/// What a page says and offers where this is needed; `left_out`: some of those in quarantine.
pub fn item(need: Need, actor: &Actor, latest: Option<i64>, left_out: &[Tenant]) -> Item {
    let Need { what, tenants: n, run, why, again, named, acknowledged } = need;
    let on_it = acknowledged.into_iter().map(Detail::OnIt);
    let some = (!named.is_empty()).then(|| {
        let more = n - i64::try_from(named.len()).unwrap_or(i64::MAX);
        Detail::Some(named, more)
    });
    let operate = denied(actor, Permission::Operate);
    match what {
        Attention::Files => {
            Item::new(1, "the migrations folder cannot be used", migrations::LIST).detail(why.map(Detail::Error))
        }
        Attention::Changed => Item::new(n, changed::refused(n), migrations::LIST).detail(why.map(Detail::Plain)).act(
            "See the files",
            migrations::LIST,
            None,
        ),
        Attention::Failed => {
            failed(n, run, again, denied(actor, Permission::Rerun)).detail(why.map(Detail::Error)).detail(on_it)
        }
        Attention::Unmade => {
            let what = of(n, "was not provisioned to the end", "were not provisioned to the end");
            Item::new(n, what, NOT_MADE).detail(some).act("See what stopped it", NOT_MADE, None)
        }
        Attention::Halted => {
            let left = of(n, "was", "were");
            in_run(n, run, |run| format!("{left} left in {run}, which halted"))
                .tone(Tone::Odd)
                .detail(why.map(Detail::Plain))
                .detail(on_it)
        }
        Attention::Waiting => {
            let waits = of(n, "waits", "wait");
            in_run(n, run, |run| format!("{waits} in {run} for a person"))
                .tone(Tone::Due)
                .detail(why.map(Detail::Plain))
        }
        Attention::Asked => {
            let what = if n == 1 { "request waits for somebody's yes" } else { "requests wait for somebody's yes" };
            Item::new(n, what, requests::OPEN).tone(Tone::Due).act("See what is asked for", requests::OPEN, None)
        }
        Attention::Drifted => Item::new(n, of(n, "has drifted", "have drifted"), "/tenants?state=drifted")
            .tone(Tone::Odd)
            .detail([Detail::Plain(drifted(n))])
            .act("Verify again…", "/runs/new?state=drifted&kind=verify", operate),
        Attention::Quarantined => quarantined(n, left_out),
        Attention::Unreachable => Item::new(n, of(n, "did not answer", "did not answer"), "/tenants?state=unreachable")
            .detail(some)
            .act("See the servers", "/servers", None),
        Attention::Behind => {
            let what = format!("{} behind the newest migration", of(n, "is", "are"));
            let item = Item::new(n, what, "/tenants?behind=latest").tone(Tone::Due);
            let migrate = format!("Migrate {} behind…", text::number(n));
            latest.into_iter().fold(item, |item, latest| {
                item.act(migrate.clone(), format!("/runs/new?behind={latest}"), operate.clone())
            })
        }
    }
}

/// By the run they failed in, so that they can be run again together.
fn failed(n: i64, run: Option<i64>, again: i64, closed: Option<String>) -> Item {
    let what = of(n, "failed", "failed");
    match run {
        // What was given up in it since is not tried again there.
        Some(run) if again == 0 => {
            Item::new(n, format!("{what} in run {run}"), in_runs::one(run)).act("See the run", in_runs::one(run), None)
        }
        Some(run) => Item::new(n, format!("{what} in run {run}"), in_runs::failed(run)).detail(others(n, again)).act(
            format!("Rerun {} failed", text::number(again)),
            in_runs::act(run, "rerun"),
            closed,
        ),
        None => Item::new(n, what, "/tenants?state=failed"),
    }
}

/// Why a run tries again more than are counted here: each tenant is counted once, as it stands now.
fn others(n: i64, again: i64) -> Option<Detail> {
    let were = match again - n {
        ..1 => return None,
        1 => "1 did not answer, or was in a later run since".to_owned(),
        more => format!("{} did not answer, or were in a later run since", text::number(more)),
    };
    Some(Detail::Plain(format!("{} failed in it: {were}.", text::number(again))))
}

/// What a run is looked at for.
fn in_run(n: i64, run: Option<i64>, what: impl Fn(&str) -> String) -> Item {
    match run {
        Some(run) => {
            Item::new(n, what(&format!("run {run}")), in_runs::one(run)).act("See the run", in_runs::one(run), None)
        }
        None => Item::new(n, what("a run"), in_runs::LIST),
    }
}

/// Who is left out, for whom somebody answers.
fn quarantined(n: i64, some: &[Tenant]) -> Item {
    let named = some.iter().filter_map(|tenant| {
        Some(Detail::LeftOut { slug: tenant.slug.clone(), quarantine: tenant.quarantine.clone()? })
    });
    let more = n - i64::try_from(some.len()).unwrap_or(i64::MAX);
    let more = (more > 0).then(|| Detail::Plain(format!("And {} more.", text::number(more))));
    let what = format!("{} in quarantine, left out of runs on all tenants", if n == 1 { "tenant" } else { "tenants" });
    Item::new(n, what, "/tenants?quarantined=yes").tone(Tone::Odd).detail(named.chain(more))
}
