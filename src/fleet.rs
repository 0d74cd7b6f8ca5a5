//! The fleet at a glance: its counts, its newest version, and what needs somebody. From the cache and the registry alone: no
//! tenant's database is asked.

mod measure;

use std::collections::BTreeMap;

pub use neo_model::{Attention, Fleet, Need};

pub use measure::{Seen, measure};

use crate::Platform;
use crate::actor::Actor;
use crate::error::Result;
use crate::migrations::Set;
use crate::requests;
use crate::runs::{self, Run, Status};
use crate::tenants::{self, Counts, Filter, PageRequest, State};

/// Runs that are looked through for what needs somebody.
const RUNS: u32 = 20;
/// Failed tenants beyond this many are counted, not sorted by run.
const SORTED: u32 = 200;

pub async fn look(platform: &Platform, actor: &Actor) -> Result<Fleet> {
    let set = Set::load(&platform.config.tenant_migrations).await;
    let latest = set.as_ref().ok().and_then(Set::latest);
    let counts = tenants::counts(platform, actor, latest).await?;
    let runs = runs::list(platform, actor, &[], None, RUNS).await?;
    let mut attention = Vec::new();
    attention.extend(set.err().map(|error| Need { why: Some(error.to_string()), ..Need::of(Attention::Files, 0) }));
    attention.extend(failed(platform, actor, &counts, &runs).await?);
    for run in runs.iter().filter(|run| run.status == Status::Halted) {
        let left = runs::left(platform, actor, run.number).await?;
        attention.extend((left > 0).then(|| in_run(Attention::Halted, left, run)));
    }
    let waiting = runs.iter().filter(|run| run.gate.is_some() && run.status == Status::Paused);
    attention.extend(waiting.map(|run| in_run(Attention::Waiting, run.tenants.queued, run)));
    let asked = requests::open(platform, actor).await?;
    attention.extend((asked > 0).then(|| Need::of(Attention::Asked, asked)));
    let counted = [
        (Attention::Drifted, counts.drifted),
        (Attention::Quarantined, counts.quarantined),
        (Attention::Unreachable, counts.unreachable),
        (Attention::Behind, counts.behind),
    ];
    attention.extend(counted.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| Need::of(what, n)));
    Ok(Fleet { tenants: counts, latest, attention })
}

fn in_run(what: Attention, tenants: i64, run: &Run) -> Need {
    Need { what, tenants, run: Some(run.number), why: run.halt_reason.clone() }
}

/// By the run they failed in, the latest first, so that they can be run again together.
async fn failed(platform: &Platform, actor: &Actor, counts: &Counts, runs: &[Run]) -> Result<Vec<Need>> {
    if counts.failed == 0 && runs.iter().all(|run| run.tenants.unknown == 0) {
        return Ok(Vec::new());
    }
    let filter = Filter { states: vec![State::Failed], ..Filter::default() };
    let page = PageRequest { limit: SORTED, ..PageRequest::default() };
    let mut by_run: BTreeMap<Option<i64>, Need> = BTreeMap::new();
    for tenant in tenants::list(platform, actor, &filter, &page).await?.tenants {
        let run = tenant.last_run;
        let need = by_run.entry(run).or_insert_with(|| Need { run, ..Need::of(Attention::Failed, 0) });
        need.tenants += 1;
        need.why.get_or_insert_with(|| format!("{}: {}", tenant.slug, tenant.last_error.unwrap_or_default()));
    }
    for run in runs.iter().filter(|run| run.status.is_over() && run.tenants.unknown > 0) {
        let number = Some(run.number);
        let need = by_run.entry(number).or_insert_with(|| Need { run: number, ..Need::of(Attention::Failed, 0) });
        need.tenants += run.tenants.unknown;
    }
    Ok(by_run.into_values().rev().collect())
}
