//! The first tab of a tenant: what it is, what is wrong with it, what can be done to it.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::tenants::Edit;

use super::frame::{self, At, titled};
use super::model::One;
use super::overview::{Asked, Overview};
use super::settings::Edited;
use super::{facts, lock, schema, settings, steps, trouble, zone};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::page::typed::Typed;
use crate::query::Query;
use crate::rooms::tenants::calls::acts;
use crate::rooms::tenants::links;
use crate::rooms::windows;

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    shown(&app, &signed, &slug, &query, Form::empty()).await
}

/// Name, tags and how passwords are hashed; refused, the page shows what was typed.
pub async fn edit(
    State(app): State<AppState>,
    signed: Signed,
    Path(slug): Path<String>,
    typed: Typed<Edited>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let edit = async |Edited { name, tags, kind }| {
        let edit = Edit { name: Some(name), tags: Some(tags), password_hash: kind, ..Edit::default() };
        acts::edit(&door, &slug, &edit).await
    };
    match typed.hand_to(edit).await? {
        Ok(tenant) => Ok(see_other(&links::one(&tenant.slug))),
        Err(form) => shown(&app, &signed, &slug, &Query::default(), form).await,
    }
}

async fn shown(app: &AppState, signed: &Signed, slug: &str, query: &Query, form: Form) -> Answer {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let asked = Asked { test: query.get("test").is_some(), lock: query.get("lock").is_some() };
    let overview = Overview::load(&app.platform, &signed.actor, &one, asked).await?;
    let shown = titled(&one, "overview");
    let shown = if overview.is_live() { shown.refresh(5) } else { shown }.form(&form);
    // Its lock was broken a moment ago.
    let broken = query.get("broken").is_some();
    Ok(page(signed, shown, move || frame::view(&one, At::Overview, view(&one, &overview, &form, broken))).await)
}

fn view(one: &One, overview: &Overview, form: &Form, broken: bool) -> AnyView {
    let Overview { connection, steps, seen, .. } = overview;
    view! {
        {form.summary()}
        <div id="tenant-connection" role="status">
            {connection.as_ref().map(|connection| trouble::connection(one, connection))}
        </div>
        {steps.as_ref().and_then(steps::follow)}
        <div id="tenant-steps" data-live="">{steps.as_ref().map(|steps| steps::view(one, steps))}</div>
        <div id="tenant-now" data-live="">
            {overview.working.as_ref().map(trouble::working)}{trouble::left_out(&one.tenant)}{windows::banner::view(&overview.windows, "In a maintenance window: no run changes it")}{trouble::failure(one, overview)}{schema::view(one, overview.drift.as_ref())}
            {facts::view(&one.tenant, overview.before.as_ref(), overview.kept.as_ref(), overview.compared)}
        </div>
        {settings::view(one, form)}
        {lock::section(one, seen.as_ref(), broken)}
        <div id="tenant-danger" data-live="">{zone::view(one, overview)}</div>
    }
    .into_any()
}
