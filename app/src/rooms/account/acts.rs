//! What one does to one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use neo::error::{Error, Kind, Result};
use neo_model::SessionsEnded;
use secrecy::SecretString;

use super::page::shown;
use crate::door::visit::{Signed, Visit};
use crate::door::{AppState, Door, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::see_other;
use crate::page::typed::Typed;
use crate::rooms::account::{calls, links};

pub async fn change_password(
    State(app): State<AppState>,
    signed: Signed,
    headers: HeaderMap,
    typed: Typed<Changed>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|changed| change(&door, changed)).await? {
        Ok(_) => Ok(known_again(&app, &signed, &headers).await),
        Err(form) => shown(&app, &signed, form).await,
    }
}

/// The password as it is and as it is to be.
pub struct Changed {
    pub old: SecretString,
    pub new: SecretString,
}

impl TryFrom<&Form> for Changed {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        if form.raw("new") != form.raw("again") {
            return Err(Error::invalid("again", "the two passwords differ"));
        }
        Ok(Self { old: form.secret("old"), new: form.secret("new") })
    }
}

pub async fn change(door: &Door, Changed { old, new }: Changed) -> Result<SessionsEnded> {
    let changed = calls::change_password(door, &old, &new).await;
    changed.map_err(|error| match error.kind {
        // Signed in they are: what is wrong is the old password.
        Kind::Unauthenticated => Error::invalid("old", "this is not your password"),
        _ => error,
    })
}

pub async fn end_one(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    calls::end_session(&Door::of(&app.platform, &signed)?, form.text("session")).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

pub async fn end_others(State(app): State<AppState>, signed: Signed, headers: HeaderMap) -> Answer {
    calls::end_sessions(&Door::of(&app.platform, &signed)?).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

/// Of all browsers this one alone is known from here on.
pub async fn known_again(app: &AppState, signed: &Signed, headers: &HeaderMap) -> Response {
    let mut response = see_other(links::PAGE);
    if let Some(subject_id) = signed.session.subject_id.as_deref() {
        let (before, whose) = (session::device(headers, &app.platform), (subject_id, signed.session.email.as_str()));
        session::remember(&app.platform, &signed.audience(), whose, before.as_deref(), &mut response).await;
    }
    response
}

/// How pages look is a matter of this browser: a cookie each, read by nobody else.
pub async fn prefer(State(app): State<AppState>, visit: Visit, form: Form) -> Response {
    let mut response = see_other(visit.came_from.as_deref().unwrap_or(links::PAGE));
    let secure = if app.platform.config.is_local() { "" } else { "; Secure" };
    let choices: [(&str, &str, &[&str]); 3] = [
        ("theme", "neo_theme", &["system", "light", "dark"]),
        ("density", "neo_density", &["usual", "compact", "touch"]),
        ("zone", "neo_zone", &["UTC", "local"]),
    ];
    for (field, cookie, values) in choices {
        let Some(value) = form.optional(field).filter(|value| values.contains(value)) else { continue };
        let text = format!("{cookie}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000{secure}");
        if let Ok(text) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, text);
        }
    }
    response
}
