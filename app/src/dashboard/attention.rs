//! *Needs attention*: each line a count, where to look, and what to do about it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Error;
use neo::runs::{Run, Status};
use neo::tenants::{Counts, Filter, PageRequest, State};

use crate::ui::{Act, text};

pub struct Item {
    count: i64,
    what: String,
    detail: Option<String>,
    href: String,
    /// What to do: the words on it and where it leads; the reason when this role may not.
    act: Option<(String, String)>,
    denied: Option<String>,
}

/// Failed tenants beyond this many are counted, not sorted by run.
const SORTED: u32 = 200;

pub async fn items(
    platform: &Platform,
    actor: &Actor,
    counts: &Counts,
    runs: &[Run],
    folder: Option<Error>,
) -> neo::Result<Vec<Item>> {
    let mut items = Vec::new();
    if let Some(error) = folder {
        items.push(Item {
            count: 1,
            what: "the migrations folder cannot be used".into(),
            detail: Some(error.to_string()),
            href: "/migrations".into(),
            act: None,
            denied: None,
        });
    }
    items.extend(failed(platform, actor, counts, runs).await?);
    items.extend(halted(runs, &items));
    items.extend(runs.iter().filter(|run| run.gate.is_some() && run.status == Status::Paused).map(waiting));
    let drifted = count(platform, actor, State::Drifted).await?;
    items.extend((drifted > 0).then(|| Item {
        count: drifted,
        what: format!("{} from the migration files", if drifted == 1 { "tenant differs" } else { "tenants differ" }),
        detail: Some("a file was changed or is missing after it was applied".into()),
        href: "/tenants?state=drifted".into(),
        act: None,
        denied: None,
    }));
    items.extend((counts.quarantined > 0).then(|| Item {
        count: counts.quarantined,
        what: format!(
            "{} in quarantine, left out of runs on all tenants",
            if counts.quarantined == 1 { "tenant" } else { "tenants" }
        ),
        detail: None,
        href: "/tenants?quarantined=yes".into(),
        act: None,
        denied: None,
    }));
    items.extend((counts.unreachable > 0).then(|| Item {
        count: counts.unreachable,
        what: format!("{} did not answer", if counts.unreachable == 1 { "tenant" } else { "tenants" }),
        detail: None,
        href: "/tenants?state=unreachable".into(),
        act: Some(("See the servers".into(), "/servers".into())),
        denied: None,
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
    let denied = actor.authorise(Permission::Rerun).err().map(|error| error.message);
    Ok(by_run
        .into_iter()
        .rev()
        .map(|(run, (n, why))| Item {
            count: n,
            what: match run {
                Some(run) => format!("{} failed in run {run}", if n == 1 { "tenant" } else { "tenants" }),
                None => format!("{} failed", if n == 1 { "tenant" } else { "tenants" }),
            },
            detail: why,
            href: run.map_or_else(|| "/tenants?state=failed".into(), |run| format!("/runs/{run}?status=failed")),
            act: run.map(|run| (format!("Rerun {} failed", text::number(n)), format!("/runs/{run}/rerun"))),
            denied: denied.clone(),
        })
        .collect())
}

/// Runs that stopped by themselves and are not named already for their failures.
fn halted(runs: &[Run], named: &[Item]) -> Vec<Item> {
    runs.iter()
        .filter(|run| run.status == Status::Halted)
        .filter(|run| !named.iter().any(|item| item.href.starts_with(&format!("/runs/{}?", run.number))))
        .map(|run| Item {
            count: run.tenants.cancelled + run.tenants.queued + run.tenants.failed,
            what: format!("tenants left when run {} halted", run.number),
            detail: run.halt_reason.clone(),
            href: format!("/runs/{}", run.number),
            act: None,
            denied: None,
        })
        .collect()
}

/// A run at the end of a wave.
fn waiting(run: &Run) -> Item {
    Item {
        count: run.tenants.queued,
        what: format!("tenants wait in run {} for a person", run.number),
        detail: run.halt_reason.clone(),
        href: format!("/runs/{}", run.number),
        act: None,
        denied: None,
    }
}

async fn count(platform: &Platform, actor: &Actor, state: State) -> neo::Result<i64> {
    let filter = Filter { states: vec![state], ..Filter::default() };
    Ok(neo::tenants::list(platform, actor, &filter, &PageRequest { limit: 1, ..PageRequest::default() }).await?.total)
}

pub fn section(items: Vec<Item>) -> impl IntoView {
    if items.is_empty() {
        return view! { <p class="clear">"Nothing needs attention."</p> }.into_any();
    }
    let lines = items
        .into_iter()
        .map(|item| {
            view! {
                <div class="cause">
                    <b>{text::number(item.count)}</b>
                    <div>
                        <strong><a href=item.href>{item.what}</a></strong>
                        {item.detail.map(|detail| view! { <span class="err">{detail}</span> })}
                    </div>
                    <div class="acts">
                        {item
                            .act
                            .map(|(label, href)| view! { <Act label=label href=href denied=item.denied /> })}
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            <div class="causes">{lines}</div>
        </section>
    }
    .into_any()
}
