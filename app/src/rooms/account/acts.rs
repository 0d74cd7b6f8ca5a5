//! What one does to one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use neo::error::Kind;

use super::page::shown;
use crate::door::visit::{Signed, Visit};
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::see_other;
use crate::rooms::account::links;

pub async fn change_password(
    State(app): State<AppState>,
    signed: Signed,
    headers: HeaderMap,
    mut form: Form,
) -> Answer {
    if form.raw("new") != form.raw("again") {
        form.complain(Some("again"), "the two passwords differ", None);
        return shown(&app, &signed, form).await;
    }
    let (old, new) = (form.secret("old"), form.secret("new"));
    match neo::sessions::change_password(&app.platform, &signed.actor, &signed.session.id_hash, &old, &new).await {
        Ok(_) => Ok(known_again(&app, &signed, &headers).await),
        // Signed in they are: what is wrong is the old password.
        Err(error) if error.kind == Kind::Unauthenticated => {
            form.complain(Some("old"), "this is not your password", None);
            shown(&app, &signed, form).await
        }
        Err(error) => shown(&app, &signed, form.refuse(error)?).await,
    }
}

pub async fn end_one(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    neo::sessions::end_own(&app.platform, &signed.actor, form.text("session")).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

pub async fn end_others(State(app): State<AppState>, signed: Signed, headers: HeaderMap) -> Answer {
    neo::sessions::end_others(&app.platform, &signed.actor, &signed.session.id_hash).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

/// Of all browsers this one alone is known from here on.
async fn known_again(app: &AppState, signed: &Signed, headers: &HeaderMap) -> Response {
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
    let choices: [(&str, &str, &[&str]); 2] = [
        ("theme", "neo_theme", &["system", "light", "dark"]),
        ("density", "neo_density", &["usual", "compact", "touch"]),
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
