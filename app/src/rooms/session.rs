//! Signing in, signing out, and proving one's password again. No page here loads a script.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use leptos::prelude::*;
use neo::error::{Error, Kind};
use neo::sessions::Whence;
use serde::Deserialize;

use crate::door::AppState;
use crate::door::host::Place;
use crate::door::origin::local_path;
use crate::door::session;
use crate::door::visit::{Signed, Visit};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(ask).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/reauthenticate", get(ask_again).post(sign_in_again))
}

pub fn tenant_routes() -> Router<AppState> {
    Router::new().route("/sign-in", get(ask).post(sign_in)).route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    /// Set by the set-up page: the account is there now.
    ready: Option<String>,
    /// Set where a session was over that the browser still knew.
    ended: Option<String>,
}

async fn ask(visit: Visit, Query(asked): Query<Asked>) -> Response {
    if visit.session.is_some() {
        return see_other(&asked.next);
    }
    let form = Form::empty().with("next", local_path(&asked.next));
    let why = match (&asked.ready, &asked.ended) {
        (Some(_), _) => Some("Your account is ready. Sign in with it."),
        (None, Some(_)) => Some("Your session ended; sign in again."),
        (None, None) => None,
    };
    sign_in_page(&visit, form, StatusCode::OK, why).await
}

async fn sign_in(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    mut form: Form,
) -> Answer {
    let (email, password) = (form.text("email").to_owned(), form.secret("password"));
    let (platform, audience) = (&app.platform, visit.audience());
    let (address, device) = (visit.address.as_deref(), session::device(&headers, platform));
    let from = Whence { address, device: device.as_deref() };
    match neo::sessions::sign_in(platform, &audience, &email, &password, from).await {
        Ok(who) => {
            let id = neo::sessions::begin(platform, &audience, &who, address, visit.user_agent.as_deref()).await?;
            if let Some(before) = &visit.session {
                neo::sessions::sign_out(platform, before, address).await?;
            }
            session::hand_out(&cookie, &id).await?;
            let mut response = see_other(form.raw("next"));
            let whose = (who.subject_id.as_str(), who.email.as_str());
            session::remember(platform, &audience, whose, from.device, &mut response).await;
            Ok(response)
        }
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error)?;
            let mut response = sign_in_page(&visit, form, status, None).await;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
    }
}

/// One text for every wrong; how long to wait when throttled. Anything else is not about what was typed.
fn complain(form: &mut Form, error: Error) -> Result<(StatusCode, Option<u64>), Error> {
    match error.kind {
        Kind::Unauthenticated | Kind::Invalid | Kind::Denied => {
            form.complain(None, "Email or password is wrong, or this account cannot sign in.", None);
            Ok((StatusCode::UNAUTHORIZED, None))
        }
        Kind::Throttled => {
            let wait = error.retry_after.unwrap_or(10);
            form.complain(None, format!("Too many tries. Wait {wait} s, then try again."), None);
            Ok((StatusCode::TOO_MANY_REQUESTS, Some(wait)))
        }
        _ => Err(error),
    }
}

async fn sign_in_page(visit: &Visit, form: Form, status: StatusCode, why: Option<&'static str>) -> Response {
    let whom = match &visit.place {
        Place::Central => "Central administrators. Tenant users sign in on their own address.".to_owned(),
        Place::Tenant(tenant) => format!("Users of {}.", tenant.name),
    };
    let (email, next) = (form.text("email").to_owned(), local_path(form.raw("next")).to_owned());
    let summary = wrong(&form);
    render::page(visit, Page::bare("Sign in").status(status), move || {
        view! {
            <form method="post" action="/sign-in">
                <h1>"Sign in"</h1>
                <p class="muted">{whom}</p>
                {why.map(|why| view! { <p role="status">{why}</p> })}
                {summary}
                <input type="hidden" name="next" value=next />
                <div class="field">
                    <label for="f-email">"Email"</label>
                    <input
                        id="f-email"
                        name="email"
                        type="email"
                        autocomplete="username"
                        required
                        autofocus=email.is_empty()
                        value=email.clone()
                    />
                </div>
                <div class="field">
                    <label for="f-password">"Password"</label>
                    <input
                        id="f-password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        autofocus=!email.is_empty()
                    />
                </div>
                <div class="field"><button class="primary wide">"Sign in"</button></div>
            </form>
        }
    })
    .await
}

/// The one sentence above the form.
fn wrong(form: &Form) -> Option<AnyView> {
    let text = form.errors().first()?.message.clone();
    Some(view! { <p class="banner bad" role="alert">{text}</p> }.into_any())
}

async fn sign_out(State(app): State<AppState>, visit: Visit, cookie: tower_sessions::Session) -> Answer {
    if let Some(ended) = &visit.session {
        neo::sessions::sign_out(&app.platform, ended, visit.address.as_deref()).await?;
    }
    session::forget(&cookie).await?;
    Ok(see_other("/sign-in"))
}

async fn ask_again(signed: Signed, Query(asked): Query<Asked>) -> Response {
    let form = Form::empty().with("next", local_path(&asked.next));
    again_page(&signed, form, StatusCode::OK).await
}

/// Another session under a new id, for whoever has this one and its password. It must be there still when that is known: what was sent
/// before a sign-out and arrived after it brings nobody back.
async fn sign_in_again(
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
            let mut response = again_page(&signed, form, status).await;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
    }
}

async fn again_page(signed: &Signed, form: Form, status: StatusCode) -> Response {
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
                <div class="field">
                    <label for="f-password">"Password"</label>
                    <input
                        id="f-password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        autofocus
                    />
                </div>
                <div class="field"><button class="primary wide">"Confirm"</button></div>
                <p class="field"><a href="/">"Cancel"</a></p>
            </form>
        }
    })
    .await
}
