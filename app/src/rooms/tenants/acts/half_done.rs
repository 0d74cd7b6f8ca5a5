//! A migration that is neither there nor not: its statements, each with what became of it.

use leptos::prelude::*;
use neo::migrations::apply::HalfDone;
use neo_model::InvalidIndex;

use crate::ui::text::count;
use crate::ui::{Banner, Column, Mark, Status, Table, Tone};

pub fn view(half: &HalfDone) -> AnyView {
    let of = count(i64::try_from(half.statements.len()).unwrap_or(i64::MAX), "statement");
    let stopped = match half.stopped_at {
        Some(n) => format!("It stopped at statement {n} of {}.", half.statements.len()),
        None => format!("Nobody knows where it stopped, of {of}."),
    };
    let changed = (!half.changed.is_empty()).then(|| {
        view! { <p>"What went through reads differently now: the file cannot be continued like this."</p> }
    });
    let columns = vec![Column::new("Status"), Column::num("Number"), Column::new("Statement")];
    let rows = half.statements.iter().enumerate().map(|(index, text)| row(half, index + 1, text)).collect_view();
    view! {
        <Banner tone=Tone::Bad title=format!("{} ({}) is half done", half.migration, half.direction)>
            <p>{stopped}</p>
            {changed}
        </Banner>
        <Table caption=format!("Statements of {}", half.migration) columns=columns><tbody>{rows}</tbody></Table>
    }
    .into_any()
}

fn row(half: &HalfDone, n: usize, text: &str) -> AnyView {
    let (mark, word) = match half.stopped_at {
        _ if half.changed.contains(&n) => (Mark::Drifted, "Reads differently now"),
        Some(at) if n < at => (Mark::Ok, "Went through"),
        Some(at) if n == at => (Mark::Failed, "Stopped here"),
        Some(_) => (Mark::Queued, "Not begun"),
        None => (Mark::Queued, "Not known"),
    };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    view! {
        <tr>
            <td><Status mark=mark word=word /></td>
            <td class="num" data-label="Number">{n}</td>
            <td class="mono">{line}</td>
        </tr>
    }
    .into_any()
}

/// What PostgreSQL keeps up to date and does not use.
pub fn indexes(invalid: &[InvalidIndex]) -> Option<AnyView> {
    let rows = invalid.iter().map(|index| {
        view! { <li><code>{index.name.clone()}</code>" on "<code>{index.table.clone()}</code>": "<code>{index.remedy.clone()}</code></li> }
    });
    let rows = rows.collect_view();
    (!invalid.is_empty()).then(|| {
        view! { <Banner tone=Tone::Warn title="Indexes that a concurrent build has left unusable"><ul>{rows}</ul></Banner> }.into_any()
    })
}
