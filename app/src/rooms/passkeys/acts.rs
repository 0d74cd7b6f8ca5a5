//! What one does to one's own passkeys.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use neo::error::Error;
use neo_model::{PasskeyRow, RecoveryCodes};
use serde::Deserialize;

use super::pieces::{self, ByScript};
use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::rooms::account::links as account;
use crate::rooms::factors;
use crate::ui::{Confirm, Nav};

/// Which one a page asks about.
#[derive(Deserialize)]
pub struct About {
    #[serde(default)]
    id: String,
}

pub async fn ask_new(signed: Signed) -> Answer {
    Ok(making(&signed, Form::empty()).await)
}

pub async fn options(State(app): State<AppState>, signed: Signed) -> Answer {
    Ok(Json(calls::begin(&Door::of(&app.platform, &signed)?).await?).into_response())
}

pub async fn add(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    match calls::enrol(&Door::of(&app.platform, &signed)?, form.text("name"), form.raw("answer")).await {
        Ok(codes) => {
            let response = if codes.codes.is_empty() { see_other(links::PLACE) } else { told(&signed, codes).await };
            Ok(known_again(&app, &signed, &headers, response).await)
        }
        Err(error) => Ok(making(&signed, pieces::refuse(form, error)?).await),
    }
}

/// Of all browsers this one alone is known from here on.
async fn known_again(app: &AppState, signed: &Signed, headers: &HeaderMap, mut response: Response) -> Response {
    if let Some(subject_id) = signed.session.subject_id.as_deref() {
        let whose = (subject_id, signed.session.email.as_str());
        let before = session::device(headers, &app.platform);
        session::remember(&app.platform, &signed.audience(), whose, before.as_deref(), &mut response).await;
    }
    response
}

pub async fn ask_rename(State(app): State<AppState>, signed: Signed, Query(about): Query<About>) -> Answer {
    let Some(passkey) = found(&app, &signed, &about.id).await? else { return Ok(see_other(links::PLACE)) };
    let form = Form::empty().with("id", passkey.id.clone()).with("name", passkey.name.clone());
    Ok(renaming(&signed, form).await)
}

pub async fn rename(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    match calls::rename(&Door::of(&app.platform, &signed)?, form.text("id"), form.text("name")).await {
        Ok(_) => Ok(see_other(links::PLACE)),
        Err(error) => Ok(renaming(&signed, form.refuse(error)?).await),
    }
}

pub async fn ask_remove(State(app): State<AppState>, signed: Signed, Query(about): Query<About>) -> Answer {
    let Some(passkey) = found(&app, &signed, &about.id).await? else { return Ok(see_other(links::PLACE)) };
    let page = Page::new(Nav::Account, "Remove").under("Account", account::PAGE);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Remove {}?", passkey.name)}</h1></div></div>
            <Confirm action=links::REMOVE verb="Remove 1 passkey" cancel=links::PLACE danger=true hidden=vec![("id".to_owned(), passkey.id)]>
                <p>
                    "It lets nobody in any more, and your other sessions end. With the last second factor go its recovery codes; where one is required you are signed out, and the next sign-in asks for another."
                </p>
            </Confirm>
        }
        .into_any()
    };
    Ok(render::page(&signed, page, view).await)
}

pub async fn remove(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    match calls::remove(&Door::of(&app.platform, &signed)?, form.text("id")).await? {
        true => Ok(see_other("/sign-in?ended=1")),
        false => Ok(known_again(&app, &signed, &headers, see_other(links::PLACE)).await),
    }
}

async fn found(app: &AppState, signed: &Signed, id: &str) -> Result<Option<PasskeyRow>, Error> {
    let all = calls::list(&Door::of(&app.platform, signed)?).await?;
    Ok(all.into_iter().find(|passkey| passkey.id == id))
}

async fn making(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Account, "Add a passkey").under("Account", account::PAGE).form(&form).passkeys();
    render::page(signed, page, move || {
        let by = ByScript { action: links::ADD, options: links::OPTIONS, label: "Make it", hidden: Vec::new() };
        view! {
            <div class="head">
                <div>
                    <h1>"Add a passkey"</h1>
                    <p>"The browser asks for the device that keeps it. Your other sessions end."</p>
                </div>
            </div>
            {form.summary_beside(&["name"])}
            {pieces::without_script()}
            {pieces::make(by, &form)}
            <p class="field"><a href=links::PLACE>"Cancel"</a></p>
        }
    })
    .await
}

/// The only page that has them: they are in no address and in no other answer.
async fn told(signed: &Signed, codes: RecoveryCodes) -> Response {
    let page = Page::new(Nav::Account, "Your passkey is there").under("Account", account::PAGE);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>"Your passkey is there"</h1></div></div>
            {factors::pieces::recovery_codes(codes)}
            <div class="acts"><a class="button" href=links::PLACE>"To the account"</a></div>
        }
    })
    .await
}

async fn renaming(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Account, "Rename").under("Account", account::PAGE).form(&form);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>"Rename the passkey"</h1></div></div>
            <form method="post" action=links::RENAME class="form">
                {form.summary_beside(&["name"])}
                <input type="hidden" name="id" value=form.raw("id").to_owned() />
                {form.input("name", "Name", "text", "off")}
                <div class="acts">
                    <button type="submit" class="primary">"Rename"</button>
                    <a class="button" href=links::PLACE>"Cancel"</a>
                </div>
            </form>
        }
    })
    .await
}
