//! One migration: its files for every engine, what to know before it runs, who lacks it.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::engine::Engine;
use neo::migrations::{Finding, Migration, Script, Set, Source};

use super::list::{active, behind_href};
use super::{badges, findings};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::ui::text::{count, number, sentence};
use crate::ui::{Act, CopyText, FleetBar, Legend, Mark, Nav, Segment};

/// A line of one of a migration's files, which its page shows marked.
struct At {
    file: String,
    line: usize,
}

impl At {
    fn asked(query: &Query) -> Option<Self> {
        Some(Self { file: query.get("file")?.to_owned(), line: query.number("line")? })
    }
}

pub async fn show(State(app): State<AppState>, signed: Signed, Path(version): Path<String>, query: Query) -> Answer {
    let set = Set::load(&app.platform.config.tenant_migrations).await?;
    let migration = set.resolve(&version)?.clone();
    let version = migration.version;
    let findings = move || set.findings_of(version, &Engine::ALL);
    let findings = tokio::task::spawn_blocking(findings).await.map_err(neo::Error::internal)?;
    let total = active(&app.platform, &signed.actor, None).await?;
    let behind = active(&app.platform, &signed.actor, Some(migration.version)).await?;
    let actor = signed.actor.clone();
    let shown = Page::new(Nav::Migrations, migration.name.clone()).under("Migrations", "/migrations");
    let at = At::asked(&query);
    Ok(page(&signed, shown, move || view(&migration, &findings, total, behind, &actor, at.as_ref())).await)
}

fn view(
    migration: &Migration,
    findings: &[Finding],
    total: i64,
    behind: i64,
    actor: &Actor,
    at: Option<&At>,
) -> AnyView {
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
        {migration.variants.iter().map(|variant| script(variant, at)).collect_view()}
    }
    .into_any()
}

fn before(found: &[Finding]) -> Option<AnyView> {
    findings::list(found, &Engine::ALL).map(|list| {
        view! { <section aria-labelledby="findings"><h2 id="findings">"Before it runs"</h2>{list}</section> }.into_any()
    })
}

fn script(script: &Script, at: Option<&At>) -> AnyView {
    let on = match script.engine {
        Some(engine) => format!("On {}", engine.name()),
        None => "On every engine".to_owned(),
    };
    let down = match &script.down {
        Some(down) => source("Down", down, at),
        None => {
            view! { <p class="muted">"There is no down file: this migration cannot be rolled back."</p> }.into_any()
        }
    };
    view! { <section><h2>{on}</h2>{source("Up", &script.up, at)}{down}</section> }.into_any()
}

fn source(title: &'static str, source: &Source, at: Option<&At>) -> AnyView {
    let checksum: String = source.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let line = at.filter(|at| at.file == file).map(|at| at.line);
    let lines = count(source.sql.lines().count() as i64, "line");
    let start = line.and_then(|line| start_of(&source.sql, line)).unwrap_or_default();
    let (shown, cut) = source.shown_from(start);
    // What is cut begins at the line that was asked for.
    let line = if cut.is_some() { line.map(|_| 1) } else { line };
    view! {
        <h3>{title}" "<span class="muted">{format!("{file} · {lines}")}</span></h3>
        <pre tabindex="0"><code>{text(shown, line)}</code></pre>
        {cut.map(|cut| view! { <p class="muted">{sentence(&cut)}</p> })}
        <details class="more"><summary class="button quiet">"Checksum"</summary><CopyText value=checksum label="the checksum" /></details>
    }
    .into_any()
}

/// Where a line begins, in bytes.
fn start_of(sql: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(line.checked_sub(1)?)
}

/// The file, with one line of it marked if there is such a line.
fn text(sql: &str, line: Option<usize>) -> AnyView {
    let mut lines = sql.split_inclusive('\n');
    let before: String = match line {
        Some(line @ 1..) => lines.by_ref().take(line - 1).collect(),
        _ => return sql.to_owned().into_any(),
    };
    let Some(marked) = lines.next() else { return sql.to_owned().into_any() };
    let (text, end) = marked.strip_suffix('\n').map_or((marked, ""), |text| (text, "\n"));
    let after: String = std::iter::once(end).chain(lines).collect();
    // An empty text would be written as a blank.
    let some = |text: String| (!text.is_empty()).then_some(text);
    view! { {some(before)}<mark id="line">{some(text.to_owned())}</mark>{some(after)} }.into_any()
}
