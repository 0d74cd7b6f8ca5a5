//! What one tenant has of the fleet's migrations, and what it lacks, as its last look said.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::Permission;
use neo::migrations::{Finding, Migration};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::page;
use crate::problems;
use crate::rooms::migrations::{badges, links};
use crate::rooms::tenants::one::frame::{self, At, titled};
use crate::rooms::tenants::one::model::One;
use crate::ui::{Act, Banner, Column, Empty, Mark, Status, Table, Tone};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let found = match &one.set {
        Ok(set) => set.looked_through(&[one.tenant.engine]).await?,
        Err(_) => BTreeMap::new(),
    };
    Ok(page(&signed, titled(&one, "migrations"), move || frame::view(&one, At::Migrations, view(&one, &found))).await)
}

fn view(one: &One, found: &BTreeMap<i64, Vec<Finding>>) -> AnyView {
    let set = match &one.set {
        Ok(set) => set,
        Err(error) => return problems::banner(error),
    };
    if set.migrations.is_empty() {
        return view! {
            <Empty title="No migrations yet" text="The fleet's folder holds none.">
                <a class="button" href=links::LIST>"See the folder"</a>
            </Empty>
        }
        .into_any();
    }
    let stranger = one.tenant.version.filter(|version| set.find(*version).is_none()).map(|version| {
        let title = format!("This tenant is at {version}, and no file of that version is here");
        view! { <Banner tone=Tone::Warn title=title>"Somebody else's migrations, or a file that was taken away."</Banner> }
    });
    let columns =
        vec![Column::new("Status"), Column::new("Migration"), Column::new("On this engine"), Column::new("Checksum")];
    let found = |migration: &Migration| found.get(&migration.version).map_or(&[][..], Vec::as_slice);
    let rows = set.migrations.iter().rev().map(|migration| row(one, migration, found(migration))).collect_view();
    let caption = format!("Migrations of {}", one.tenant.slug);
    let half_done = one.tenant.is_half_done().then(|| {
        let denied = denied(&one.actor, Permission::Resolve);
        let resolve = view! { <Act label="Resolve…" href=one.part("resolve") primary=denied.is_none() denied=denied /> };
        view! {
            <Banner tone=Tone::Bad title="One of these was begun here and never finished">
                "Nothing can be migrated before somebody has said what is true of it: what went through, and what did not."
                <div class="acts">{resolve}</div>
            </Banner>
        }
    });
    view! { {stranger}{half_done}<Table caption=caption columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(one: &One, migration: &Migration, findings: &[Finding]) -> AnyView {
    let engine = one.tenant.engine;
    let applied = one.tenant.version.is_some_and(|at| migration.version <= at);
    let (mark, said) = match (migration.on(engine), applied) {
        (None, _) => (Mark::Skipped, "Not for this engine"),
        (Some(_), true) => (Mark::Ok, "Applied"),
        (Some(_), false) => (Mark::Behind, "Pending"),
    };
    let checksum = migration.on(engine).map(|script| {
        let hex: String = script.up.checksum.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        view! { <code>{hex}"…"</code> }
    });
    view! {
        <tr>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=links::one(migration.version)>{migration.name.clone()}</a>
                <br />
                <span class="mono">{migration.version}</span>
            </td>
            <td>{badges::view(migration, findings, &[engine])}</td>
            <td class="mono">{checksum}</td>
        </tr>
    }
    .into_any()
}
