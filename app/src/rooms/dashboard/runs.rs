//! The tables of runs: those that go on and those that ended.

use leptos::prelude::*;
use neo::runs::Run;

use crate::rooms::runs::links;
use crate::rooms::runs::words::{run_mark, verb};
use crate::ui::{Column, Status, Table, Time, text};

pub fn view(id: &'static str, title: &'static str, runs: Vec<Run>) -> impl IntoView {
    let columns = vec![
        Column::new("Status"),
        Column::new("Run"),
        Column::new("Tenants"),
        Column::new("By"),
        Column::num("Took"),
        Column::num("When"),
    ];
    let rows = runs.into_iter().map(row).collect_view();
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <Table caption=title columns=columns>
                <tbody>{rows}</tbody>
            </Table>
        </section>
    }
}

fn row(run: Run) -> impl IntoView {
    let (mark, said) = run_mark(&run);
    let class = (run.tenants.failed > 0).then_some("failed");
    let at = run.finished_at.or(run.started_at).unwrap_or(run.created_at);
    let number = run.number;
    let title = format!("Run {number} · {}", verb(&run.goal));
    view! {
        <tr class=class>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=links::one(number)>{title}</a>
                {run.reason.map(|reason| view! { <span class="muted">" “"{reason}"”"</span> })}
            </td>
            <td>{outcome(&run.tenants)}</td>
            <td data-label="By">{run.actor}</td>
            <td class="num" data-label="Took">{run.ms.map(text::duration)}</td>
            <td class="num nowrap"><Time ms=at /></td>
        </tr>
    }
}

/// `18 migrated, 1 current, 1 failed`
fn outcome(counts: &neo::runs::TaskCounts) -> String {
    let parts = [
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.running, "running"),
        (counts.queued, "queued"),
        (counts.migrated, "done"),
        (counts.current, "current"),
        (counts.drifted, "of them drifted"),
        (counts.skipped, "skipped"),
        (counts.cancelled, "cancelled"),
    ];
    let said: Vec<_> =
        parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", text::number(n))).collect();
    if said.is_empty() { "none".into() } else { said.join(", ") }
}
