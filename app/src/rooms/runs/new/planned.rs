//! The migrations that a run would apply: what to know of each, how long they take, where tenants start from.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::runs::{Basis, Plan, PlannedMigration};

use crate::rooms::migrations;
use crate::ui::text::{count, duration, number};
use crate::ui::{Column, Table};

/// More migrations than this are folded away in a cell.
const LISTED: usize = 5;

pub fn view(plan: &Plan) -> AnyView {
    let columns =
        vec![Column::new("Migration, and what to know"), Column::num("On one tenant"), Column::num("Pending on")];
    let rows = plan.migrations.iter().map(planned).collect_view();
    view! {
        <p>{how_long(plan)}</p>
        <Table caption="Migrations that would be applied" columns=columns id=Some("planned".to_owned())><tbody>{rows}</tbody></Table>
        {starting_from(plan)}
    }
    .into_any()
}

/// How long, and what that rests on.
fn how_long(plan: &Plan) -> String {
    let Some(ms) = plan.estimate_ms else {
        return "How long it takes is not known: no earlier run to judge by. A rehearsal measures it on a copy."
            .to_owned();
    };
    let new = plan.migrations.iter().filter(|m| m.estimate_from == Some(Basis::Others)).count();
    let basis = match new {
        0 => "from what these migrations took on other tenants".to_owned(),
        n if n == plan.migrations.len() => "from what other migrations took; these have not run lately".to_owned(),
        n => format!("from earlier runs; {n} of {} have not run lately", plan.migrations.len()),
    };
    format!("About {}, {} tenants at once ({basis}).", duration(ms), plan.concurrency)
}

/// Where the tenants stand that can be migrated.
fn starting_from(plan: &Plan) -> AnyView {
    let columns = vec![Column::new("Starting from"), Column::new("Pending, in this order"), Column::num("Tenants")];
    let name = |version: &i64| {
        plan.migrations.iter().find(|m| m.version == *version).map_or_else(|| version.to_string(), |m| m.name.clone())
    };
    let rows = plan
        .by_version
        .iter()
        .map(|group| {
            let labels: Vec<String> = group.pending.iter().map(name).collect();
            let pending = match labels.as_slice() {
                [] => view! { <span class="muted">"nothing"</span> }.into_any(),
                few if few.len() <= LISTED => listed(few),
                many => view! {
                    <details class="more">
                        <summary class="button quiet">{count(many.len() as i64, "migration")}</summary>
                        {listed(many)}
                    </details>
                }
                .into_any(),
            };
            view! {
                <tr>
                    <td class="mono" data-label="From">{group.version.map_or_else(|| "none".to_owned(), |version| version.to_string())}</td>
                    <td>{pending}</td>
                    <td class="num" data-label="Tenants">{number(group.tenants)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h3>"Where they start from"</h3>
        <Table caption="Tenants by the version they start from" columns=columns id=Some("starts".to_owned())>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

fn listed(labels: &[String]) -> AnyView {
    let lines = labels.iter().map(|label| view! { <li><code>{label.clone()}</code></li> }).collect_view();
    view! { <ol class="plain">{lines}</ol> }.into_any()
}

fn planned(migration: &PlannedMigration) -> AnyView {
    let engines: Vec<Engine> = migration.engines.iter().map(|on| on.engine).collect();
    let atomic = migration
        .engines
        .iter()
        .map(|on| {
            let (class, word) = if on.atomic { ("badge", "atomic") } else { ("badge warn", "not atomic") };
            let text = if engines.len() == 1 { word.to_owned() } else { format!("{word} on {}", on.engine) };
            view! { <span class=class>{text}</span>" " }
        })
        .collect_view();
    let sql = migration
        .files()
        .into_iter()
        .filter_map(|(file, sql)| {
            let name = file.file_name()?.to_string_lossy().into_owned();
            let label = format!("The SQL of {name}");
            Some(view! {
                <details class="sql">
                    <summary>{name}</summary>
                    <pre tabindex="0" role="group" aria-label=label><code>{sql.to_owned()}</code></pre>
                </details>
            })
        })
        .collect_view();
    let each = migration.estimate_ms.map_or_else(|| "–".to_owned(), |ms| format!("≈ {}", duration(ms)));
    view! {
        <tr>
            <td>
                <a class="mono" href=migrations::links::one(migration.version)>{migration.name.clone()}</a>" "{atomic}
                {migrations::findings::list(&migration.findings, &engines)}
                {sql}
            </td>
            <td class="num" data-label="On one tenant">{each}</td>
            <td class="num" data-label="Pending on">{number(migration.pending_on)}</td>
        </tr>
    }
    .into_any()
}
