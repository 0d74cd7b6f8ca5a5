//! What one tenant has of the fleet's migrations, and what it lacks, as its last look said.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::migrations::{Finding, Migration};
use neo::runs::{self, AppliedIn, Changed, How, Took};
use neo::tenants::{Filter, Status as TenantStatus};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::page;
use crate::problems;
use crate::rooms::migrations::{badges, changed, links};
use crate::rooms::runs::links as runs_links;
use crate::rooms::tenants::one::frame::{self, At, titled};
use crate::rooms::tenants::one::model::One;
use crate::ui::text::{duration, number};
use crate::ui::{Act, Banner, Column, Empty, Mark, Status, Table, Time, Tone};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let found = match &one.set {
        Ok(set) => set.looked_through(&[one.tenant.engine]).await?,
        Err(_) => BTreeMap::new(),
    };
    let known = Known::load(&app.platform, &signed.actor, &one, found).await?;
    Ok(page(&signed, titled(&one, "migrations"), move || frame::view(&one, At::Migrations, view(&one, &known))).await)
}

/// What there is to say of each, beside that it is there.
struct Known {
    found: BTreeMap<i64, Vec<Finding>>,
    applied: BTreeMap<i64, AppliedIn>,
    /// What those that are pending took elsewhere.
    took: HashMap<String, Took>,
    /// Which files are not what this tenant has applied.
    changed: Changed,
}

impl Known {
    async fn load(
        platform: &Platform,
        actor: &Actor,
        one: &One,
        found: BTreeMap<i64, Vec<Finding>>,
    ) -> neo::Result<Self> {
        let alone = Filter { keys: vec![one.tenant.id.clone()], ..Filter::default() };
        let changed = match one.set.is_ok() && one.tenant.status != TenantStatus::Deleted {
            true => runs::changed(platform, actor, &alone).await?,
            false => Changed::default(),
        };
        let applied = runs::applied_to(platform, actor, &one.tenant.id).await?;
        Ok(Self { found, applied, took: runs::took(platform, actor).await?, changed })
    }

    fn is_other(&self, version: i64) -> bool {
        self.changed.files.iter().any(|file| file.version == version && file.how == How::Other)
    }
}

fn view(one: &One, known: &Known) -> AnyView {
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
    let columns = vec![
        Column::new("Status"),
        Column::new("Migration"),
        Column::new("On this engine"),
        Column::new("Checksum"),
        Column::num("Applied"),
        Column::num("Took"),
    ];
    let rows = set.migrations.iter().rev().map(|migration| row(one, migration, known)).collect_view();
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
    view! { {changed::of_all(&known.changed)}{stranger}{half_done}<Table caption=caption columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(one: &One, migration: &Migration, known: &Known) -> AnyView {
    let engine = one.tenant.engine;
    let findings = known.found.get(&migration.version).map_or(&[][..], Vec::as_slice);
    let applied = one.tenant.version.is_some_and(|at| migration.version <= at);
    let (mark, said) = match (migration.on(engine), applied) {
        (None, _) => (Mark::Skipped, "Not for this engine"),
        (Some(_), true) if known.is_other(migration.version) => (Mark::Failed, "Applied, changed since"),
        (Some(_), true) => (Mark::Ok, "Applied"),
        (Some(_), false) => (Mark::Behind, "Pending"),
    };
    let checksum = migration.on(engine).map(|script| {
        let hex: String = script.up.checksum.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        view! { <code>{hex}"…"</code> }
    });
    let when = known.applied.get(&migration.version).filter(|_| applied);
    let at = when.map(|when| {
        view! { <Time ms=when.at /><br /><a href=runs_links::one(when.run)>{format!("Run {}", when.run)}</a> }
    });
    // Of several that went together only the whole is kept.
    let took = when.and_then(|when| {
        let ms = duration(when.ms?);
        Some(if when.together > 1 { format!("{ms} for {}", when.together) } else { ms })
    });
    let is_pending = migration.on(engine).is_some() && !applied;
    let elsewhere = known.took.get(&migration.label()).filter(|_| is_pending).map(|took| {
        let said = format!("about {}, {} × lately", duration(took.ms), number(took.times));
        view! { <span class="muted">{said}</span> }
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
            <td class="num nowrap" data-label="applied">{at}</td>
            <td class="num" data-label="took">{took}{elsewhere}</td>
        </tr>
    }
    .into_any()
}
