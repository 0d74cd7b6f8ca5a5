//! One migration: its files for every engine, what to know before it runs, who lacks it.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::engine::Engine;
use neo::migrations::{Finding, Migration, Script, Set, Source};

use super::list::{active, behind_href};
use super::{badges, findings};
use crate::error::Answer;
use crate::server::AppState;
use crate::server::render::{Page, page};
use crate::server::visit::Signed;
use crate::ui::text::{count, number};
use crate::ui::{Act, CopyText, FleetBar, Legend, Mark, Nav, Segment};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(version): Path<String>) -> Answer {
    let set = Set::read(&app.platform.config.tenant_migrations)?;
    let migration = set.resolve(&version)?.clone();
    let findings = set.findings_of(migration.version, &Engine::ALL);
    let total = active(&app.platform, &signed.actor, None).await?;
    let behind = active(&app.platform, &signed.actor, Some(migration.version)).await?;
    let actor = signed.actor.clone();
    let shown = Page::new(Nav::Migrations, migration.name.clone()).under("Migrations", "/migrations");
    Ok(page(&signed, shown, move || view(&migration, &findings, total, behind, &actor)).await)
}

fn view(migration: &Migration, findings: &[Finding], total: i64, behind: i64, actor: &Actor) -> AnyView {
    let segments = vec![
        Segment::new("applied", Mark::Ok, total - behind),
        Segment::new("behind", Mark::Behind, behind).href(behind_href("/tenants", migration.version)),
    ];
    let migrate = (behind > 0).then(|| {
        let href = format!("{}&to={}", behind_href("/runs/new", migration.version), migration.version);
        view! {
            <Act
                label=format!("Migrate {} behind…", number(behind))
                href=href
                primary=true
                denied=crate::may::denied(actor, Permission::Operate)
            />
        }
    });
    view! {
        <div class="head">
            <div>
                <h1>{migration.name.clone()}</h1>
                <p><CopyText value=migration.label() />" · "{badges::view(migration, findings, &Engine::ALL)}</p>
            </div>
            <div class="acts">{migrate}</div>
        </div>
        {(total > 0).then(|| view! { <FleetBar segments=segments.clone() /><Legend segments=segments /> })}
        {before(findings)}
        {migration.variants.iter().map(script).collect_view()}
    }
    .into_any()
}

fn before(found: &[Finding]) -> Option<AnyView> {
    findings::list(found, &Engine::ALL).map(|list| {
        view! { <section aria-labelledby="findings"><h2 id="findings">"Before it runs"</h2>{list}</section> }.into_any()
    })
}

fn script(script: &Script) -> AnyView {
    let on = match script.engine {
        Some(engine) => format!("On {}", engine.name()),
        None => "On every engine".to_owned(),
    };
    let down = match &script.down {
        Some(down) => source("Down", down),
        None => {
            view! { <p class="muted">"There is no down file: this migration cannot be rolled back."</p> }.into_any()
        }
    };
    view! { <section><h2>{on}</h2>{source("Up", &script.up)}{down}</section> }.into_any()
}

fn source(title: &'static str, source: &Source) -> AnyView {
    let checksum: String = source.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let lines = count(source.sql.lines().count() as i64, "line");
    view! {
        <h3>{title}" "<span class="muted">{format!("{file} · {lines}")}</span></h3>
        <pre tabindex="0"><code>{source.sql.clone()}</code></pre>
        <details class="more"><summary class="button quiet">"Checksum"</summary><CopyText value=checksum label="the checksum" /></details>
    }
    .into_any()
}

