//! One migration: its files for every engine, what to know before it runs, who lacks it.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::Permission;
use neo::engine::Engine;
use neo::migrations::Finding;

use super::model::{At, One};
use super::source;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::migrations::bar::segments;
use crate::rooms::migrations::{badges, changed, findings, links};
use crate::rooms::runs::links as runs;
use crate::ui::text::number;
use crate::ui::{Act, CopyText, FleetBar, Legend, Nav};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(version): Path<String>, query: Query) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &version).await?;
    let shown = Page::new(Nav::Migrations, one.migration.name.clone()).under("Migrations", links::LIST);
    let at = At::asked(&query);
    Ok(page(&signed, shown, move || view(&one, at.as_ref())).await)
}

fn view(one: &One, at: Option<&At>) -> AnyView {
    let One { migration, findings, active: total, behind, failed, changed, actor } = one;
    let (total, behind) = (*total, *behind);
    let segments = segments(migration.version, total, behind, *failed);
    let migrate = (behind > 0).then(|| {
        let href = format!("{}&to={}", links::behind(runs::NEW, migration.version), migration.version);
        view! {
            <Act
                label=format!("Migrate {} behind…", number(behind))
                href=href
                primary=true
                denied=denied(actor, Permission::Operate)
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
        {changed::of_one(changed)}
        {(total > 0).then(|| view! { <FleetBar segments=segments.clone() /><Legend segments=segments /> })}
        {before(findings)}
        {migration.variants.iter().map(|variant| source::view(variant, at)).collect_view()}
    }
    .into_any()
}

fn before(found: &[Finding]) -> Option<AnyView> {
    findings::list(found, &Engine::ALL).map(|list| {
        view! { <section aria-labelledby="findings"><h2 id="findings">"Before it runs"</h2>{list}</section> }.into_any()
    })
}
