//! *Needs attention*: each line a count, where to look, and what to do about it.

use std::collections::BTreeMap;

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Error;
use neo::migrations::Set;
use neo::runs::{Run, Status};
use neo::tenants::{Counts, Filter, PageRequest, Quarantine, State};

use crate::may::denied;
use crate::rooms::runs::links as in_runs;
use crate::rooms::runs::words::drifted;
use crate::ui::text;

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

/// Failed tenants beyond this many are counted, not sorted by run.
const SORTED: u32 = 200;

/// As many of those in quarantine are named.
const NAMED: u32 = 5;

/// `1 tenant is`, `3 tenants are`: the count stands before it.
fn of(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", if n == 1 { "tenant" } else { "tenants" }, if n == 1 { one } else { many })
}

pub async fn items(
    platform: &Platform,
    actor: &Actor,
    counts: &Counts,
    runs: &[Run],
    folder: std::result::Result<&Set, &Error>,
) -> neo::Result<Vec<Item>> {
    let operate = denied(actor, Permission::Operate);
    let mut items = Vec::new();
    if let Err(error) = folder {
        let item = Item::new(1, "the migrations folder cannot be used", "/migrations");
        items.push(item.detail([Detail::Error(error.to_string())]));
    }
    items.extend(failed(platform, actor, counts, runs).await?);
    items.extend(halted(platform, actor, runs).await?);
    items.extend(runs.iter().filter(|run| run.gate.is_some() && run.status == Status::Paused).map(waiting));
    items.extend((counts.drifted > 0).then(|| {
        Item::new(counts.drifted, of(counts.drifted, "has drifted", "have drifted"), "/tenants?state=drifted")
            .tone(Tone::Odd)
            .detail([Detail::Plain(drifted(counts.drifted))])
            .act("Verify again…", "/runs/new?state=drifted&kind=verify", operate.clone())
    }));
    if counts.quarantined > 0 {
        items.push(quarantined(platform, actor, counts.quarantined).await?);
    }
    items.extend((counts.unreachable > 0).then(|| {
        Item::new(
            counts.unreachable,
            of(counts.unreachable, "did not answer", "did not answer"),
            "/tenants?state=unreachable",
        )
        .act("See the servers", "/servers", None)
    }));
    items.extend(folder.ok().and_then(Set::latest).filter(|_| counts.behind > 0).map(|latest| {
        let what = of(counts.behind, "is", "are");
        Item::new(counts.behind, format!("{what} behind the newest migration"), "/tenants?behind=latest")
            .tone(Tone::Due)
            .act(
                format!("Migrate {} behind…", text::number(counts.behind)),
                format!("/runs/new?behind={latest}"),
                operate,
            )
    }));
    Ok(items)
}

/// Failed tenants, by the run they failed in, so that they can be run again together.
async fn failed(platform: &Platform, actor: &Actor, counts: &Counts, runs: &[Run]) -> neo::Result<Vec<Item>> {
    if counts.failed == 0 && runs.iter().all(|run| run.tenants.unknown == 0) {
        return Ok(Vec::new());
    }
    let filter = Filter { states: vec![State::Failed], ..Filter::default() };
    let page = PageRequest { limit: SORTED, ..PageRequest::default() };
    let failed = neo::tenants::list(platform, actor, &filter, &page).await?;
    let mut by_run: BTreeMap<Option<i64>, (i64, Option<String>)> = BTreeMap::new();
    for tenant in failed.tenants {
        let (n, why) = by_run.entry(tenant.last_run).or_default();
        *n += 1;
        if why.is_none() {
            *why = Some(format!("{}: {}", tenant.slug, tenant.last_error.unwrap_or_default()));
        }
    }
    for run in runs.iter().filter(|run| run.status.is_over() && run.tenants.unknown > 0) {
        by_run.entry(Some(run.number)).or_default().0 += run.tenants.unknown;
    }
    let closed = denied(actor, Permission::Rerun);
    Ok(by_run
        .into_iter()
        .rev()
        .map(|(run, (n, why))| {
            let what = of(n, "failed", "failed");
            let item = match run {
                Some(run) => Item::new(n, format!("{what} in run {run}"), in_runs::failed(run)).act(
                    format!("Rerun {} failed", text::number(n)),
                    in_runs::act(run, "rerun"),
                    closed.clone(),
                ),
                None => Item::new(n, what, "/tenants?state=failed"),
            };
            item.detail(why.map(Detail::Error))
        })
        .collect())
}

/// Runs that stopped by themselves, with tenants that still wait in them: whatever failed there is another matter.
async fn halted(platform: &Platform, actor: &Actor, runs: &[Run]) -> neo::Result<Vec<Item>> {
    let mut items = Vec::new();
    for run in runs.iter().filter(|run| run.status == Status::Halted) {
        let left = neo::runs::left(platform, actor, run.number).await?;
        if left > 0 {
            let what = format!("{} left in run {}, which halted", of(left, "was", "were"), run.number);
            let item = Item::new(left, what, in_runs::one(run.number)).tone(Tone::Odd);
            items.push(item.detail(run.halt_reason.clone().map(Detail::Plain)).act(
                "See the run",
                in_runs::one(run.number),
                None,
            ));
        }
    }
    Ok(items)
}

/// A run at the end of a wave.
fn waiting(run: &Run) -> Item {
    let n = run.tenants.queued;
    let what = format!("{} in run {} for a person", of(n, "waits", "wait"), run.number);
    let item = Item::new(n, what, in_runs::one(run.number)).tone(Tone::Due);
    item.detail(run.halt_reason.clone().map(Detail::Plain)).act("See the run", in_runs::one(run.number), None)
}

/// Who is left out, for whom somebody answers.
async fn quarantined(platform: &Platform, actor: &Actor, n: i64) -> neo::Result<Item> {
    let filter = Filter { quarantined: true, ..Filter::default() };
    let page = PageRequest { limit: NAMED, ..PageRequest::default() };
    let some = neo::tenants::list(platform, actor, &filter, &page).await?.tenants;
    let named = some.into_iter().filter_map(|t| Some(Detail::LeftOut { slug: t.slug, quarantine: t.quarantine? }));
    let more = n - i64::from(NAMED);
    let more = (more > 0).then(|| Detail::Plain(format!("And {} more.", text::number(more))));
    let what = format!("{} in quarantine, left out of runs on all tenants", if n == 1 { "tenant" } else { "tenants" });
    Ok(Item::new(n, what, "/tenants?quarantined=yes").tone(Tone::Odd).detail(named.chain(more)))
}
