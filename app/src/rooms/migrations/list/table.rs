//! The table of the list.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::migrations::{Finding, Migration, Set};

use super::model::List;
use crate::rooms::migrations::bar::{failed_at, segments};
use crate::rooms::migrations::{badges, links};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::number;
use crate::ui::{Column, FleetBar, Table};

pub fn view(list: &List, set: &Set) -> AnyView {
    let columns = vec![
        Column::new("Migration"),
        Column::new("What to know"),
        Column::new("Checksum"),
        Column::new("Applied"),
        Column::num("Tenants"),
        Column::num("Failed"),
        Column::num("Behind"),
    ];
    let rows = set.migrations.iter().rev().map(|m| row(list, m, list.found(m.version))).collect_view();
    view! { <Table caption="Migrations, newest first" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(list: &List, migration: &Migration, findings: &[Finding]) -> AnyView {
    let behind = list.behind(migration.version);
    let applied = list.active - behind;
    let failed = list.failed(migration.version);
    let segments = segments(migration.version, list.active, behind, failed);
    let failed = (failed > 0).then(|| view! { <a class="bad" href=failed_at(migration.version)>{number(failed)}</a> });
    let checksums = migration.variants.iter().map(|script| {
        let on = script.engine.map(|engine| format!("{} ", engine.name()));
        let hex: String = script.up.checksum.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        view! { <span class="muted">{on}</span><code>{hex}"…"</code>" " }
    });
    let checksums = checksums.collect_view();
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
            <td data-label="checksum">{checksums}</td>
            <td class="small-fleet">{(list.active > 0).then(|| view! { <FleetBar segments=segments /> })}</td>
            <td class="num" data-label="Applied">{format!("{}/{}", number(applied), number(list.active))}</td>
            <td class="num" data-label="Failed">{failed}</td>
            <td class="num" data-label="Behind">{lacking}</td>
        </tr>
    }
    .into_any()
}
