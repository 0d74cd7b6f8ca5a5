//! All runs, newest first.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::runs::{self, Kind, Run};

use super::words::{ALONE, run_mark, target};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::ui::Nav;
use crate::ui::text::{duration, number, sentence};
use crate::ui::{Act, Column, Empty, FleetBar, Mark, Pill, Pills, Segment, Status, Table, Time};
use crate::words::{parse, word};

const PATH: &str = "/runs";
const SHOWN: u32 = 50;
const ALL: [Kind; 4] = [Kind::Migrate, Kind::Rollback, Kind::Verify, Kind::Provision];

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let asked: Vec<Kind> = query.all("kind").map(|w| parse("kind", w)).collect::<neo::Result<_>>()?;
    let kinds: Vec<Kind> = ALL.into_iter().filter(|kind| asked.is_empty() || asked.contains(kind)).collect();
    let before = query.number("before");
    // One more than is shown tells whether there is a next page.
    let mut runs = runs::list(&app.platform, &signed.actor, &kinds, before, SHOWN + 1).await?;
    let more = runs.len() > SHOWN as usize;
    runs.truncate(SHOWN as usize);
    let live = runs.iter().any(|run| !run.status.is_over());
    let shown = Page::new(Nav::Runs, "Runs");
    let shown = if live { shown.refresh(5) } else { shown };
    let actor = signed.actor.clone();
    Ok(page(&signed, shown, move || view(&query, &runs, more, &actor)).await)
}

fn view(query: &Query, runs: &[Run], more: bool, actor: &Actor) -> AnyView {
    view! {
        <div class="head">
            <div><h1>"Runs"</h1><p>"Every operation on tenants, newest first."</p></div>
            <div class="acts">
                <Act label="New run" href="/runs/new" primary=true denied=crate::may::denied(actor, Permission::Operate) />
            </div>
        </div>
        <div class="bar"><Pills label="Kinds of run" pills=pills(query) /></div>
        {if runs.is_empty() { nothing(query) } else { table(query, runs, more) }}
    }
    .into_any()
}

fn pills(query: &Query) -> Vec<Pill> {
    let pill = |label: &str, kind: Option<Kind>| {
        let all = query.without("kind");
        let (href, current) = match kind {
            Some(kind) => (all.with("kind", word(&kind)), query.has("kind", &word(&kind))),
            None => (all, query.get("kind").is_none()),
        };
        Pill { label: label.to_owned(), href: href.href(PATH), current, bad: false }
    };
    vec![
        pill("All", None),
        pill("Migrate", Some(Kind::Migrate)),
        pill("Rollback", Some(Kind::Rollback)),
        pill("Verify", Some(Kind::Verify)),
        pill("Provision", Some(Kind::Provision)),
    ]
}

fn nothing(query: &Query) -> AnyView {
    if query.get("before").is_some() || query.get("kind").is_some() {
        return view! {
            <Empty title="No such runs"><a class="button" href=PATH>"All runs"</a></Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No runs yet" text="A run migrates one tenant, some, or all of them, and keeps what happened to each.">
            <a class="button primary" href="/runs/new">"New run"</a>
        </Empty>
    }
    .into_any()
}

fn table(query: &Query, runs: &[Run], more: bool) -> AnyView {
    let columns = vec![
        Column::new("Status"),
        Column::new("Run"),
        Column::new("Tenants"),
        Column::num("Failed"),
        Column::num("Applied"),
        Column::num("Took"),
        Column::new("By"),
        Column::num("Started"),
    ];
    let rows = runs.iter().map(row).collect_view();
    let next = more.then(|| runs.last().map(|run| query.at("before", run.number.to_string()).href(PATH))).flatten();
    let newest = query.get("before").map(|_| query.without("before").href(PATH));
    view! {
        <Table caption="Runs" columns=columns><tbody>{rows}</tbody></Table>
        {(next.is_some() || newest.is_some()).then(|| view! {
            <nav class="bar pager" aria-label="Pages">
                <span class="grow"></span>
                {newest.map(|href| view! { <a class="button" href=href>"Newest"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Older"</a> })}
            </nav>
        })}
    }
    .into_any()
}

fn row(run: &Run) -> AnyView {
    let (mark, said) = run_mark(run);
    let tenants = &run.tenants;
    let segments = vec![
        Segment::new("done", Mark::Ok, tenants.migrated + tenants.current - tenants.drifted - tenants.uncompared),
        Segment::new("drifted", Mark::Drifted, tenants.drifted),
        Segment::new(ALONE, Mark::Skipped, tenants.uncompared),
        Segment::new("failed", Mark::Failed, tenants.failed + tenants.unknown),
        Segment::new("running", Mark::Running, tenants.running),
        Segment::new("left", Mark::Queued, tenants.queued + tenants.skipped + tenants.cancelled),
    ];
    let failed = match tenants.failed + tenants.unknown {
        0 => view! { <span class="muted">"0"</span> }.into_any(),
        n => {
            let href = format!("/runs/{}?status=failed", run.number);
            view! { <a class="bad" href=href>{number(n)}</a> }.into_any()
        }
    };
    view! {
        <tr>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=format!("/runs/{}", run.number)>{format!("Run {}", run.number)}</a>
                <br />
                <span class="muted">{format!("{} {}", sentence(&word(&run.kind)), target(&run.selection))}</span>
            </td>
            <td class="small-fleet">
                <FleetBar segments=segments />
                <span class="muted">{number(tenants.total)}</span>
            </td>
            <td class="num">{failed}</td>
            <td class="num">{number(run.migrations_applied)}</td>
            <td class="num nowrap">{run.ms.map(duration)}</td>
            <td>{run.actor.clone()}</td>
            <td class="num muted nowrap"><Time ms=run.started_at.unwrap_or(run.created_at) /></td>
        </tr>
    }
    .into_any()
}
