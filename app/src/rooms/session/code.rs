//! The second step of a sign-in: a code of the telephone, or a recovery code.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use leptos::prelude::*;
use neo::error::Kind;
use neo::second_factor::How;
use neo::sessions::Awaits;

use super::come_in::{come_in, whence};
use super::links;
use super::next::Asked;
use super::refused::{complain, wait, wrong};
use crate::door::origin::local_path;
use crate::door::visit::Visit;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::rooms::account::links as account;
use crate::rooms::factors::pieces;
use crate::rooms::passkeys::pieces::{self as passkeys, ByScript};

const WRONG: &str = "This code is wrong, or was used already. A code works once: wait for the next one.";

pub async fn ask(State(app): State<AppState>, visit: Visit, headers: HeaderMap, Query(asked): Query<Asked>) -> Answer {
    let next = local_path(&asked.next).to_owned();
    let awaited = match session::pending(&headers, &app.platform) {
        Some(id) => neo::sessions::awaited(&app.platform, &id).await?,
        None => None,
    };
    Ok(match awaited {
        Some(Awaits::Code) => {
            let id = session::pending(&headers, &app.platform).unwrap_or_default();
            shown(&app, &visit, &id, Form::empty().with("next", next), StatusCode::OK).await?
        }
        Some(Awaits::Enrolment) => see_other(&links::on_the_way(links::ENROL, &next)),
        None => see_other(&links::over(&next)),
    })
}

pub async fn act(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    mut form: Form,
) -> Answer {
    let (platform, next) = (&app.platform, local_path(form.raw("next")).to_owned());
    let Some(id) = session::pending(&headers, platform) else { return Ok(see_other(&links::over(&next))) };
    let device = session::device(&headers, platform);
    let from = whence(&visit, device.as_deref());
    match neo::sessions::prove_code(platform, &id, &form.secret("code"), from).await {
        Ok((who, how)) => {
            let response = match how {
                How::Telephone | How::Passkey => see_other(&next),
                // What is left of them is told there, and how another telephone is set up.
                How::RecoveryCode { .. } => see_other(account::RECOVERED),
            };
            Ok(come_in(&app, &visit, &cookie, &headers, &who, response).await?)
        }
        Err(error) if error.kind == Kind::Unauthenticated => Ok(see_other(&links::over(&next))),
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG)?;
            Ok(wait(shown(&app, &visit, &id, form, status).await?, retry_after))
        }
    }
}

/// By what they can prove themselves whose sign-in this id is.
pub(super) async fn shown(app: &AppState, visit: &Visit, id: &str, form: Form, status: StatusCode) -> Answer {
    let next = form.raw("next").to_owned();
    let summary = wrong(&form);
    let has = neo::sessions::has(&app.platform, id).await?;
    let by_passkey = has.passkey.then(|| ByScript {
        action: links::CODE_PASSKEY,
        options: links::CODE_PASSKEY_OPTIONS,
        label: "Use a passkey",
        hidden: vec![("next", next.clone())],
    });
    let page = Page::bare("Second factor").status(status);
    let page = if has.passkey { page.passkeys() } else { page };
    let (what, hint) = match (has.app, has.passkey) {
        (false, _) => ("Your password was right. Now your passkey, or a recovery code.", "One of your recovery codes."),
        (true, true) => (
            "Your password was right. Now a code of your authenticator app, or your passkey.",
            "Six digits. Without the telephone: one of your recovery codes.",
        ),
        (true, false) => (
            "Your password was right. Now a code of your authenticator app.",
            "Six digits. Without the telephone: one of your recovery codes.",
        ),
    };
    let page = render::page(visit, page, move || {
        view! {
            <form method="post" action=links::CODE>
                <h1>"Second factor"</h1>
                <p class="muted">{what}</p>
                {summary}
                <input type="hidden" name="next" value=next />
                {pieces::code(&form, "Code", hint, true)}
                <div class="field"><button class="primary wide">"Sign in"</button></div>
            </form>
            {by_passkey.map(|by| passkeys::prove(by, None))}
            <p class="field"><a href="/sign-in">"Start again"</a></p>
        }
    });
    Ok(page.await)
}
