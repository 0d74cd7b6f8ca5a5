//! A passkey at the sign-in: instead of the password once the email is typed, after it, and to prove oneself again. The browser is told
//! what to sign (JSON for `public/passkey.js`), and sends a form with its answer.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use neo::error::{Error, Kind};
use neo_model::RecoveryCodes;
use secrecy::ExposeSecret;

use super::come_in::{come_in, whence};
use super::kept;
use super::links;
use super::refused::{complain, wait};
use super::{again, code, enrol, sign_in};
use crate::door::origin::local_path;
use crate::door::visit::{Signed, Visit};
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::see_other;
use crate::rooms::passkeys::pieces;

const WRONG: &str = "This passkey is not taken here, or this account cannot sign in.";
const WRONG_HERE: &str = "This passkey was not taken. Try again, or use a code.";

pub async fn options(State(app): State<AppState>, visit: Visit, headers: HeaderMap, form: Form) -> Answer {
    let device = session::device(&headers, &app.platform);
    let from = whence(&visit, device.as_deref());
    let (id, options) = neo::sessions::ask_for_passkey(&app.platform, form.text("email"), from).await?;
    let mut response = Json(options).into_response();
    session::pend(&app.platform, &id, neo::sessions::answers_within(), &mut response);
    Ok(response)
}

pub async fn act(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    mut form: Form,
) -> Answer {
    let device = session::device(&headers, &app.platform);
    let from = whence(&visit, device.as_deref());
    let id = session::pending(&headers, &app.platform).unwrap_or_default();
    match neo::sessions::sign_in_by_passkey(&app.platform, &id, form.raw("answer"), from).await {
        Ok(who) => Ok(come_in(&app, &visit, &cookie, &headers, &who, see_other(form.raw("next"))).await?),
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG)?;
            Ok(wait(sign_in::shown(&app, &visit, form, status, None).await, retry_after))
        }
    }
}

/// What a sign-in that is not whole yet came with.
fn place(app: &AppState, headers: &HeaderMap) -> Result<String, Error> {
    let over = || Error::new(Kind::Unauthenticated, "this sign-in is over").hint("sign in again");
    session::pending(headers, &app.platform).ok_or_else(over)
}

pub async fn second_options(State(app): State<AppState>, headers: HeaderMap) -> Answer {
    let id = place(&app, &headers)?;
    Ok(Json(neo::sessions::ask_for_second(&app.platform, &id).await?).into_response())
}

pub async fn second(
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
    match neo::sessions::prove_passkey(platform, &id, form.raw("answer"), from).await {
        Ok((who, _)) => Ok(come_in(&app, &visit, &cookie, &headers, &who, see_other(&next)).await?),
        Err(error) if error.kind == Kind::Unauthenticated => Ok(see_other(&links::over(&next))),
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG_HERE)?;
            Ok(wait(code::shown(&app, &visit, &id, form, status).await?, retry_after))
        }
    }
}

pub async fn enrol_options(State(app): State<AppState>, headers: HeaderMap) -> Answer {
    let id = place(&app, &headers)?;
    Ok(Json(neo::sessions::ask_for_enrolment(&app.platform, &id).await?).into_response())
}

pub async fn enrol(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let (platform, next) = (&app.platform, local_path(form.raw("next")).to_owned());
    let Some(id) = session::pending(&headers, platform) else { return Ok(see_other(&links::over(&next))) };
    let address = visit.address.as_deref();
    match neo::sessions::enrol_passkey(platform, &id, form.text("name"), form.raw("answer"), address).await {
        Ok((who, codes)) => {
            let codes = RecoveryCodes { codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() };
            let response = enrol::told(&visit, codes, next).await;
            Ok(come_in(&app, &visit, &cookie, &headers, &who, response).await?)
        }
        Err(error) if error.kind == Kind::Unauthenticated => Ok(see_other(&links::over(&next))),
        Err(error) => Ok(enrol::asked_for(&visit, pieces::refuse(form, error)?).await),
    }
}

pub async fn again_options(State(app): State<AppState>, signed: Signed) -> Answer {
    let (actor, this) = (&signed.actor, &signed.session.id_hash);
    Ok(Json(neo::sessions::ask_again(&app.platform, actor, this).await?).into_response())
}

/// Another session under a new id, for whoever has this one and a passkey of its owner's.
pub async fn again(
    State(app): State<AppState>,
    signed: Signed,
    cookie: tower_sessions::Session,
    mut form: Form,
) -> Answer {
    let (actor, this, agent) = (&signed.actor, &signed.session.id_hash, signed.user_agent.as_deref());
    let answer = form.raw("answer");
    match neo::sessions::reauthenticate_by_passkey(&app.platform, actor, this, answer, agent).await {
        Ok(id) => {
            session::hand_out(&cookie, &id).await?;
            Ok(kept::proven(&signed, &form).await)
        }
        Err(error) if error.kind == Kind::Unauthenticated => Err(error.into()),
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG_HERE)?;
            let shown: Response = again::shown(&app, &signed, form, status).await?;
            Ok(wait(shown, retry_after))
        }
    }
}
