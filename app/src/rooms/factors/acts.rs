//! What one does to one's own second factor.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use leptos::prelude::*;
use neo_model::{FactorBegun, RecoveryCodes, WayIn};

use super::{calls, links, pieces};
use crate::door::visit::Signed;
use crate::door::{AppState, Door, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::rooms::account::links as account;
use crate::ui::Nav;

pub async fn begin(State(app): State<AppState>, signed: Signed) -> Answer {
    let begun = calls::begin(&Door::of(&app.platform, &signed)?).await?;
    Ok(setting_up(&signed, Some(begun), Form::empty()).await)
}

pub async fn confirm(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    match calls::confirm(&Door::of(&app.platform, &signed)?, &form.secret("code")).await {
        Ok(codes) => {
            // With a passkey there were some before, and they go on.
            let mut response = match codes.codes.is_empty() {
                true => see_other(links::PLACE),
                false => told(&signed, "Your second factor is on", codes).await,
            };
            // Of all browsers this one alone is known from here on.
            if let Some(subject_id) = signed.session.subject_id.as_deref() {
                let whose = (subject_id, signed.session.email.as_str());
                let before = session::device(&headers, &app.platform);
                session::remember(&app.platform, &signed.audience(), whose, before.as_deref(), &mut response).await;
            }
            Ok(response)
        }
        Err(error) => Ok(setting_up(&signed, None, form.refuse(error)?).await),
    }
}

pub async fn renew_codes(State(app): State<AppState>, signed: Signed) -> Answer {
    let codes = calls::renew_codes(&Door::of(&app.platform, &signed)?).await?;
    Ok(told(&signed, "New recovery codes", codes).await)
}

pub async fn ask_remove(State(app): State<AppState>, signed: Signed) -> Answer {
    removing(&app, &signed, Form::empty()).await
}

pub async fn remove(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match calls::remove(&door, &form.secret("password"), &form.secret("code")).await {
        Ok(true) => Ok(see_other("/sign-in?ended=1")),
        Ok(false) => Ok(see_other(links::PLACE)),
        Err(error) => removing(&app, &signed, form.refuse(error)?).await,
    }
}

async fn setting_up(signed: &Signed, begun: Option<FactorBegun>, form: Form) -> Response {
    let page = Page::new(Nav::Account, "Second factor").under("Account", account::PAGE).form(&form);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>"Set up a second factor"</h1><p>"It counts once a code has confirmed it."</p></div></div>
            <form method="post" action=links::CONFIRM class="form">
                {form.summary_beside(&["code"])}
                {pieces::enrolment(begun, &form)}
                <div class="acts">
                    <button type="submit" class="primary">"Confirm"</button>
                    <a class="button" href=account::PAGE>"Cancel"</a>
                </div>
            </form>
        }
    })
    .await
}

/// The only page that has them: they are in no address and in no other answer.
async fn told(signed: &Signed, title: &'static str, codes: RecoveryCodes) -> Response {
    let page = Page::new(Nav::Account, title).under("Account", account::PAGE);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>{title}</h1></div></div>
            {pieces::recovery_codes(codes)}
            <div class="acts"><a class="button" href=account::PAGE>"To the account"</a></div>
        }
    })
    .await
}

async fn removing(app: &AppState, signed: &Signed, form: Form) -> Answer {
    let me = neo::admins::own(&app.platform, &signed.actor).await?;
    let has_password = me.ways.contains(&WayIn::Password);
    let page = Page::new(Nav::Account, "Remove the second factor").under("Account", account::PAGE).form(&form);
    let email = signed.session.email.clone();
    let page = render::page(signed, page, move || {
        view! {
            <div class="head">
                <div>
                    <h1>"Remove the second factor?"</h1>
                    <p>"Without a passkey the password alone lets you in then, and the recovery codes are worth nothing. Where one is required you are signed out, and the next sign-in asks for another."</p>
                </div>
            </div>
            <form method="post" action=links::REMOVE class="form">
                {form.summary_beside(&["code"])}
                <input type="hidden" name="username" autocomplete="username" value=email />
                {has_password.then(|| form.password("password", "Password", "current-password"))}
                {pieces::code(&form, "Code", "The six digits that the app shows, or a recovery code.", false)}
                <div class="acts">
                    <button type="submit" class="primary danger">"Remove it"</button>
                    <a class="button" href=account::PAGE>"Cancel"</a>
                </div>
            </form>
        }
    });
    Ok(page.await)
}
