//! One run: what it is, how far it is, what failed and why, and every tenant's part. Live while it lasts; the same page is
//! rendered from the same rows for whoever comes late.

use axum::extract::{Path, State};
use leptos::prelude::*;

use super::model::One;
use super::{fleet, head, log, tasks, trouble};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::rooms::runs::links;
use crate::ui::Nav;

pub async fn show(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    if let Some(tidy) = query.tidied() {
        return Ok(see_other(&tidy.href(&links::one(number))));
    }
    let one = One::load(&app.platform, &signed.actor, number, query).await?;
    let shown = Page::new(Nav::Runs, format!("Run {number}")).under("Runs", links::LIST);
    let shown = if one.run.status.is_over() { shown } else { shown.refresh(5) };
    Ok(page(&signed, shown, move || view(&one)).await)
}

/// Each region has an id, so that a live page replaces just what has changed.
fn view(one: &One) -> AnyView {
    view! {
        {head::view(one)}
        <div id="run-state" class=(!one.run.status.is_over()).then_some("running") data-live="">{fleet::view(one)}</div>
        {trouble::view(one)}
        {tasks::view(one)}
        {log::view(one)}
    }
    .into_any()
}
