//! A new run: on whom, to where, how; and what it would do, before anything is touched.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::Platform;

use super::choice::{self, address};
use super::model::New;
use super::start::start;
use super::{choose, how, preview, rehearsal, strategy};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::rooms::runs::links;
use crate::rooms::runs::words::{target, verb};
use crate::ui::Nav;
use crate::ui::text::sentence;

pub async fn ask(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let chosen = choice::chosen(&query);
    let form = strategy::of(&chosen);
    let tidy = address(&chosen, &form);
    if tidy != query {
        return Ok(see_other(&tidy.href(links::NEW)));
    }
    let form = match strategy::policy(&form).and_then(|_| strategy::at(&form)) {
        Ok(_) => form,
        Err(error) => form.refuse(strategy::here(error))?,
    };
    shown(&app.platform, &signed, query, form).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let query = choice::of(&form);
    match start(&Door::of(&app.platform, &signed)?, &query, &form).await {
        Ok(number) => Ok(see_other(&links::one(number))),
        Err(error) => shown(&app.platform, &signed, query, form.refuse(strategy::here(error))?).await,
    }
}

/// With what was typed and what is wrong with it.
pub async fn shown(
    platform: &Platform,
    signed: &Signed,
    query: Query,
    form: Form,
) -> std::result::Result<Response, AppError> {
    let policy = strategy::policy(&form).unwrap_or_default();
    let mut new = New::load(platform, &signed.actor, query, &policy).await?;
    let form = match new.wrong.take().map(strategy::here) {
        Some(error) if !form.is_refused() => form.refuse(error)?,
        _ => form,
    };
    let shown = Page::new(Nav::Runs, "New run").under("Runs", links::LIST).form(&form);
    let form = strategy::meant(form, new.kind, new.is_of_many());
    Ok(page(signed, shown, move || view(&new, &form)).await)
}

fn view(new: &New, form: &Form) -> AnyView {
    let title = format!("{} {}", sentence(verb(&new.goal)), target(&new.selection));
    view! {
        <div class="head">
            <div><h1>{title}</h1><p>"Nothing is touched before the button at the end."</p></div>
        </div>
        {form.summary()}
        <div id="rehearsal-told" data-live="">{rehearsal::standing(new)}</div>
        {choose::view(new, form)}
        {preview::view(new)}
        {rehearsal::view(new, form)}
        {how::view(new, form)}
    }
    .into_any()
}
