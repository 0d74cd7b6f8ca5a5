//! Proving one's password again, before what weighs.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::Kind;

use super::next::Asked;
use super::refused::{complain, wrong};
use crate::door::origin::local_path;
use crate::door::visit::Signed;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::ui::Field;

pub async fn ask(signed: Signed, Query(asked): Query<Asked>) -> Response {
    let form = Form::empty().with("next", local_path(&asked.next));
    shown(&signed, form, StatusCode::OK).await
}

/// Another session under a new id, for whoever has this one and its password. It must be there still when that is known: what was sent
/// before a sign-out and arrived after it brings nobody back.
pub async fn act(
    State(app): State<AppState>,
    signed: Signed,
    cookie: tower_sessions::Session,
    mut form: Form,
) -> Answer {
    let password = form.secret("password");
    let (actor, this, agent) = (&signed.actor, &signed.session.id_hash, signed.user_agent.as_deref());
    match neo::sessions::reauthenticate(&app.platform, actor, this, &password, agent).await {
        Ok(id) => {
            session::hand_out(&cookie, &id).await?;
            Ok(see_other(form.raw("next")))
        }
        Err(error) if error.kind == Kind::Unauthenticated => Err(error.into()),
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error)?;
            let mut response = shown(&signed, form, status).await;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
    }
}

async fn shown(signed: &Signed, form: Form, status: StatusCode) -> Response {
    let email = signed.session.email.clone();
    let next = local_path(form.raw("next")).to_owned();
    let summary = wrong(&form);
    render::page(signed, Page::bare("Confirm your password").status(status), move || {
        view! {
            <form method="post" action="/reauthenticate">
                <h1>"Confirm your password"</h1>
                <p class="muted">
                    "You signed in more than 10 minutes ago. What comes next is weighty enough to ask again."
                </p>
                {summary}
                <input type="hidden" name="next" value=next.clone() />
                <div class="field">
                    <label for="f-email">"Email"</label>
                    <input id="f-email" type="email" autocomplete="username" value=email readonly />
                </div>
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    autofocus=true
                    required=true
                />
                <div class="field"><button class="primary wide">"Confirm"</button></div>
                <p class="field"><a href="/">"Cancel"</a></p>
            </form>
        }
    })
    .await
}
