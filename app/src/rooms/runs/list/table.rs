//! The table of the list, and the ways to the next page.

use leptos::prelude::*;
use neo::runs::Run;

use super::model::List;
use crate::rooms::runs::links;
use crate::rooms::runs::words::{ALONE, run_mark, target};
use crate::ui::text::{duration, number, sentence};
use crate::ui::{Column, FleetBar, Mark, Segment, Status, Table, Time};

pub fn view(list: &List) -> AnyView {
    let List { query, runs, more, .. } = list;
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
    let next =
        more.then(|| runs.last().map(|run| query.at("before", run.number.to_string()).href(links::LIST))).flatten();
    let newest = query.get("before").map(|_| query.without("before").href(links::LIST));
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
        Segment::new("failed", Mark::Failed, tenants.unsettled()),
        Segment::new("running", Mark::Running, tenants.running),
        Segment::new("queued", Mark::Queued, tenants.queued),
        Segment::new("skipped", Mark::Skipped, tenants.skipped),
        Segment::new("cancelled", Mark::Cancelled, tenants.cancelled),
    ];
    let failed = match tenants.unsettled() {
        0 => view! { <span class="muted">"0"</span> }.into_any(),
        n => {
            let href = links::failed(run.number);
            view! { <a class="bad" href=href>{number(n)}</a> }.into_any()
        }
    };
    view! {
        <tr>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=links::one(run.number)>{format!("Run {}", run.number)}</a>
                <br />
                <span class="muted">{format!("{} {}", sentence(run.kind.word()), target(&run.selection))}</span>
            </td>
            <td class="small-fleet">
                <FleetBar segments=segments />
                <span class="muted">{number(tenants.total)}</span>
            </td>
            <td class="num" data-label="Failed">{failed}</td>
            <td class="num" data-label="Applied">{number(run.migrations_applied)}</td>
            <td class="num nowrap" data-label="Took">{run.ms.map(duration)}</td>
            <td data-label="By">{run.actor.clone()}</td>
            <td class="num muted nowrap"><Time ms=run.started_at.unwrap_or(run.created_at) /></td>
        </tr>
    }
    .into_any()
}
