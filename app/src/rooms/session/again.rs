//! Proving one's password again, before what weighs.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use leptos::prelude::*;
use neo::config::TheirFactor;
use neo::error::Kind;
use neo_model::WayIn;
use secrecy::SecretString;

use super::kept::{self, FIELD, Kept};
use super::links;
use super::next::Asked;
use super::refused::{complain, wait, wrong};
use crate::door::origin::local_path;
use crate::door::visit::Signed;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::rooms::factors::pieces;
use crate::rooms::passkeys::pieces::{self as passkeys, ByScript};
use crate::ui::Field;

const WRONG: &str = "The password is wrong.";
/// Where there is a second factor, which of the two it was is not told.
const WRONG_CODE: &str = "The password is wrong, or the code is. A code works once: wait for the next one.";

pub async fn ask(State(app): State<AppState>, signed: Signed, Query(asked): Query<Asked>) -> Answer {
    let form = Form::empty().with("next", local_path(&asked.next));
    shown(&app, &signed, form, StatusCode::OK).await
}

/// Another session under a new id, for whoever has this one and its password. It must be there still when that is known: what was sent
/// before a sign-out and arrived after it brings nobody back.
pub async fn act(
    State(app): State<AppState>,
    signed: Signed,
    cookie: tower_sessions::Session,
    mut form: Form,
) -> Answer {
    let (password, code) = (form.secret("password"), form.optional("code").map(SecretString::from));
    let (actor, this, agent) = (&signed.actor, &signed.session.id_hash, signed.user_agent.as_deref());
    match neo::sessions::reauthenticate(&app.platform, actor, this, &password, code.as_ref(), agent).await {
        Ok(id) => {
            session::hand_out(&cookie, &id).await?;
            Ok(kept::proven(&signed, &form).await)
        }
        Err(error) if error.kind == Kind::Unauthenticated => Err(error.into()),
        Err(error) => {
            let text = if error.field == Some("code") { WRONG_CODE } else { WRONG };
            let (status, retry_after) = complain(&mut form, error, text)?;
            Ok(wait(shown(&app, &signed, form, status).await?, retry_after))
        }
    }
}

pub(super) async fn shown(app: &AppState, signed: &Signed, form: Form, status: StatusCode) -> Answer {
    let platform = &app.platform;
    let factors = neo::second_factor::status(platform, &signed.actor).await?;
    let me = neo::admins::own(platform, &signed.actor).await?;
    let by_password = neo::sessions::takes_password(platform, &me);
    let provider = platform.config.oidc.as_ref().filter(|_| me.ways.contains(&WayIn::Provider));
    let has_passkey = factors.passkeys > 0;
    let hint = match factors.confirmed_at {
        Some(_) => "Six digits of your authenticator app, or a recovery code.",
        None => "A recovery code.",
    };
    let is_asked = provider.is_some_and(|oidc| oidc.second_factor == TheirFactor::No);
    let factor = (by_password || is_asked) && (factors.confirmed_at.is_some() || has_passkey);
    let provider = provider.map(|oidc| format!("Confirm with {}", oidc.name));
    let nothing = !by_password && provider.is_none() && !has_passkey;
    let email = signed.session.email.clone();
    let next = local_path(form.raw("next")).to_owned();
    let kept = Kept::read(&form).map(|_| form.raw(FIELD).to_owned());
    let summary = wrong(&form);
    let by_passkey = has_passkey.then(|| ByScript {
        action: links::AGAIN_PASSKEY,
        options: links::AGAIN_PASSKEY_OPTIONS,
        label: "Use a passkey",
        hidden: std::iter::once(("next", next.clone())).chain(kept.clone().map(|kept| (FIELD, kept))).collect(),
    });
    let title = if by_password { "Confirm your password" } else { "Confirm that it is you" };
    let page = Page::bare(title).status(status);
    let page = if has_passkey { page.passkeys() } else { page };
    let page = render::page(signed, page, move || {
        let password = by_password.then(|| {
            view! {
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    autofocus=true
                    required=true
                />
            }
        });
        let confirm = by_password.then(|| {
            view! { <div class="field"><button class="primary wide">"Confirm"</button></div> }
        });
        // In the same form, since a code is for either; the password is for ours alone.
        let by_provider = provider.map(|label| {
            view! {
                <div class="field">
                    <button class="wide" formaction=links::AGAIN_PROVIDER formnovalidate>{label}</button>
                </div>
            }
        });
        view! {
            <form method="post" action=links::AGAIN>
                <h1>{title}</h1>
                <p class="muted">
                    "It is a while since you signed in. What comes next is weighty enough to ask again."
                </p>
                {kept.is_some().then(|| view! { <p class="muted">"What you filled in is kept. Nothing has been done yet."</p> })}
                {summary}
                {nothing.then(|| view! { <p>"Sign out, and sign in again."</p> })}
                <input type="hidden" name="next" value=next.clone() />
                {kept.map(|kept| view! { <input type="hidden" name=FIELD value=kept /> })}
                <div class="field">
                    <label for="f-email">"Email"</label>
                    <input id="f-email" type="email" autocomplete="username" value=email readonly />
                </div>
                {password}
                {factor
                    .then(|| {
                        pieces::code(&form, "Code", hint, false)
                    })}
                {confirm}
                {by_provider}
            </form>
            {by_passkey.map(|by| passkeys::prove(by, None))}
            <p class="field"><a href="/">"Cancel"</a></p>
        }
    });
    Ok(page.await)
}
