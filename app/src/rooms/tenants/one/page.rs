//! The first tab of a tenant: what it is, what is wrong with it, what can be done to it.

use axum::extract::{Path, State};
use leptos::prelude::*;

use super::frame::{self, At, titled};
use super::model::One;
use super::overview::{Asked, Overview};
use super::{facts, lock, schema, settings, steps, trouble, zone};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::page;
use crate::query::Query;

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let asked = Asked { test: query.get("test").is_some(), lock: query.get("lock").is_some() };
    let overview = Overview::load(&app.platform, &signed.actor, &one, asked).await?;
    let shown = titled(&one, "overview");
    let shown = if overview.is_live() { shown.refresh(5) } else { shown };
    // Its lock was broken a moment ago.
    let broken = query.get("broken").is_some();
    Ok(page(&signed, shown, move || frame::view(&one, At::Overview, view(&one, &overview, broken))).await)
}

fn view(one: &One, overview: &Overview, broken: bool) -> AnyView {
    let Overview { connection, steps, seen, .. } = overview;
    view! {
        {connection.as_ref().map(|connection| trouble::connection(one, connection))}
        {steps.as_ref().and_then(steps::follow)}
        <div id="tenant-steps" data-live="">{steps.as_ref().map(|steps| steps::view(one, steps))}</div>
        <div id="tenant-now" data-live="">
            {trouble::left_out(&one.tenant)}{trouble::failure(one, overview)}{schema::view(one, overview.drift.as_ref())}
            {facts::view(&one.tenant, overview.compared)}
        </div>
        {settings::view(one)}
        {lock::section(one, seen.as_ref(), broken)}
        <div id="tenant-danger" data-live="">{zone::view(one)}</div>
    }
    .into_any()
}
