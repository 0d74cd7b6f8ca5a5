//! The fleet at a glance: its counts, its newest version, and what needs somebody. From the cache and the registry alone: no
//! tenant's database is asked.

mod measure;

use std::collections::BTreeMap;

pub use neo_model::{Attention, Fleet, Need};

pub use measure::{Seen, measure};

use crate::Platform;
use crate::actor::Actor;
use crate::error::{Kind as Missing, Result};
use crate::migrations::Set;
use crate::requests;
use crate::runs::{self, Kind, Run, Status};
use crate::tenants::{self, Filter, PageRequest, State, Status as Standing};

/// Runs that are looked through for what needs somebody.
const RUNS: u32 = 20;
/// So many tenants are named.
const NAMED: u32 = 5;

pub async fn look(platform: &Platform, actor: &Actor) -> Result<Fleet> {
    let set = Set::load(&platform.config.tenant_migrations).await;
    let latest = set.as_ref().ok().and_then(Set::latest);
    let counts = tenants::counts(platform, actor, latest).await?;
    let mut attention = Vec::new();
    attention.extend(match &set {
        Ok(set) => changed(platform, actor, set).await?,
        Err(_) => None,
    });
    attention.extend(set.err().map(|error| Need { why: Some(error.to_string()), ..Need::of(Attention::Files, 0) }));
    attention.extend(failed(platform, actor).await?);
    attention.extend(unmade(platform, actor).await?);
    // By their status, since others may have come after them.
    let of = async |status: Status| runs::list_in(platform, actor, &Kind::ALL, &[status], None, RUNS).await;
    for run in of(Status::Halted).await? {
        let left = runs::left(platform, actor, run.number).await?;
        if left > 0 {
            let acknowledged = runs::acknowledged(platform, actor, run.number).await?;
            attention.push(Need { acknowledged, ..in_run(Attention::Halted, left, &run) });
        }
    }
    let paused = of(Status::Paused).await?;
    let waiting = paused.iter().filter(|run| run.gate.is_some());
    attention.extend(waiting.map(|run| in_run(Attention::Waiting, run.tenants.queued, run)));
    let asked = requests::open(platform, actor).await?;
    attention.extend((asked > 0).then(|| Need::of(Attention::Asked, asked)));
    for (what, n) in [
        (Attention::Drifted, counts.drifted),
        (Attention::Quarantined, counts.quarantined),
        (Attention::Unreachable, counts.unreachable),
        (Attention::Behind, counts.behind),
    ] {
        if n > 0 {
            let named = match what {
                Attention::Unreachable => {
                    let away = Filter { states: vec![State::Unreachable], ..Filter::default() };
                    named(platform, actor, &away).await?
                }
                _ => Vec::new(),
            };
            attention.push(Need { named, ..Need::of(what, n) });
        }
    }
    Ok(Fleet { tenants: counts, latest, attention })
}

fn in_run(what: Attention, tenants: i64, run: &Run) -> Need {
    Need { run: Some(run.number), why: run.halt_reason.clone(), ..Need::of(what, tenants) }
}

/// Whom a run refuses, and because of which files.
async fn changed(platform: &Platform, actor: &Actor, set: &Set) -> Result<Option<Need>> {
    let found = runs::plan::changed::of(platform, actor, set, &Filter::default()).await?;
    let mut why: Vec<String> =
        found.files.iter().take(NAMED as usize).map(|file| format!("{} {}", file.label, file.said())).collect();
    if found.files.len() > NAMED as usize {
        why.push(format!("and {} more", found.files.len() - NAMED as usize));
    }
    let why = (!why.is_empty()).then(|| why.join("; "));
    Ok((found.tenants > 0).then(|| Need { why, ..Need::of(Attention::Changed, found.tenants) }))
}

/// By the run they failed in, the latest first, so that they can be run again together.
async fn failed(platform: &Platform, actor: &Actor) -> Result<Vec<Need>> {
    let mut by_run: BTreeMap<Option<i64>, Need> = BTreeMap::new();
    for failed in tenants::failed_by_run(platform, actor).await? {
        let why = failed.why.map(|why| format!("{}: {why}", failed.first));
        by_run.insert(failed.run, Need { run: failed.run, why, ..Need::of(Attention::Failed, failed.tenants) });
    }
    let runs = runs::list(platform, actor, &[], None, RUNS).await?;
    for run in runs.iter().filter(|run| run.status.is_over() && run.tenants.unknown > 0) {
        let number = Some(run.number);
        let need = by_run.entry(number).or_insert_with(|| Need { run: number, ..Need::of(Attention::Failed, 0) });
        need.tenants += run.tenants.unknown;
    }
    let mut needs = Vec::new();
    for (run, need) in by_run.into_iter().rev() {
        // Whoever did not answer in it is tried again with those that failed, and is counted as what it is.
        let (again, acknowledged) = match run {
            Some(number) => match runs::find(platform, actor, number).await {
                Ok(run) => (run.tenants.unsettled(), runs::acknowledged(platform, actor, number).await?),
                Err(error) if error.kind == Missing::NotFound => (0, Vec::new()),
                Err(error) => return Err(error),
            },
            None => (0, Vec::new()),
        };
        needs.push(Need { again, acknowledged, ..need });
    }
    Ok(needs)
}

/// Those whose provisioning stopped: each goes on from its own page.
async fn unmade(platform: &Platform, actor: &Actor) -> Result<Option<Need>> {
    let filter = Filter { statuses: vec![Standing::Failed], ..Filter::default() };
    let page = PageRequest { limit: NAMED, ..PageRequest::default() };
    let found = tenants::list(platform, actor, &filter, &page).await?;
    let named = found.tenants.into_iter().map(|tenant| tenant.slug).collect();
    Ok((found.total > 0).then(|| Need { named, ..Need::of(Attention::Unmade, found.total) }))
}

/// The first of them.
async fn named(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<Vec<String>> {
    let page = PageRequest { limit: NAMED, ..PageRequest::default() };
    Ok(tenants::list(platform, actor, filter, &page).await?.tenants.into_iter().map(|tenant| tenant.slug).collect())
}
