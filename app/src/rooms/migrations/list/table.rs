//! The table of the list.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::migrations::{Finding, Migration, Set};

use super::model::List;
use crate::rooms::migrations::{badges, links};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::number;
use crate::ui::{Column, FleetBar, Mark, Segment, Table};

pub fn view(list: &List, set: &Set) -> AnyView {
    let columns = vec![
        Column::new("Migration"),
        Column::new("What to know"),
        Column::new("Applied"),
        Column::num("Tenants"),
        Column::num("Behind"),
    ];
    let rows = set.migrations.iter().rev().map(|m| row(list, m, list.found(m.version))).collect_view();
    view! { <Table caption="Migrations, newest first" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(list: &List, migration: &Migration, findings: &[Finding]) -> AnyView {
    let behind = list.behind(migration.version);
    let applied = list.active - behind;
    let segments = vec![
        Segment::new("applied", Mark::Ok, applied),
        Segment::new("behind", Mark::Behind, behind).href(links::behind(tenants::LIST, migration.version)),
    ];
    let lacking = match behind {
        0 => view! { <span class="muted">"none"</span> }.into_any(),
        n => view! { <a href=links::behind(tenants::LIST, migration.version)>{number(n)}</a> }.into_any(),
    };
    view! {
        <tr>
            <td>
                <a href=links::one(migration.version)>{migration.name.clone()}</a>
                <br />
                <span class="mono">{migration.version}</span>
            </td>
            <td>{badges::view(migration, findings, &Engine::ALL)}</td>
            <td class="small-fleet">{(list.active > 0).then(|| view! { <FleetBar segments=segments /> })}</td>
            <td class="num" data-label="Applied">{format!("{}/{}", number(applied), number(list.active))}</td>
            <td class="num" data-label="Behind">{lacking}</td>
        </tr>
    }
    .into_any()
}
