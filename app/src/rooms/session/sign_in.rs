//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use leptos::prelude::*;
use neo::sessions::Whence;

use super::closed::refuse_while_out_of_use;
use super::next::Asked;
use super::refused::{complain, wrong};
use crate::door::host::Place;
use crate::door::origin::local_path;
use crate::door::visit::Visit;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::ui::Field;

pub async fn ask(State(app): State<AppState>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    if visit.session.is_some() {
        return Ok(see_other(&asked.next));
    }
    let form = Form::empty().with("next", local_path(&asked.next));
    let why = match (&asked.ready, &asked.chosen, &asked.ended) {
        (Some(_), _, _) => Some("Your account is ready. Sign in with it."),
        (None, Some(_), _) => Some("Your password is set. Sign in with it."),
        (None, None, Some(_)) => Some("Your session ended; sign in again."),
        (None, None, None) => None,
    };
    Ok(shown(&visit, form, StatusCode::OK, why).await)
}

pub async fn act(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    mut form: Form,
) -> Answer {
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
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
            let mut response = shown(&visit, form, status, None).await;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
    }
}

async fn shown(visit: &Visit, form: Form, status: StatusCode, why: Option<&'static str>) -> Response {
    let (title, whom) = match &visit.place {
        Place::Central => {
            ("Sign in".to_owned(), "Central administrators. Tenant users sign in on their own address.".to_owned())
        }
        Place::Tenant(tenant) => (format!("Sign in to {}", tenant.name), format!("Users of {}.", tenant.name)),
    };
    let (email, next) = (form.text("email").to_owned(), local_path(form.raw("next")).to_owned());
    let summary = wrong(&form);
    render::page(visit, Page::bare(title.clone()).status(status), move || {
        view! {
            <form method="post" action="/sign-in">
                <h1>{title}</h1>
                <p class="muted">{whom}</p>
                {why.map(|why| view! { <p role="status">{why}</p> })}
                {summary}
                <input type="hidden" name="next" value=next />
                <Field
                    name="email"
                    label="Email"
                    kind="email"
                    autocomplete="username"
                    autofocus=email.is_empty()
                    value=email.clone()
                    required=true
                />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    autofocus=!email.is_empty()
                    required=true
                />
                <div class="field"><button class="primary wide">"Sign in"</button></div>
            </form>
        }
    })
    .await
}

pub async fn sign_out(State(app): State<AppState>, visit: Visit, cookie: tower_sessions::Session) -> Answer {
    if let Some(ended) = &visit.session {
        neo::sessions::sign_out(&app.platform, ended, visit.address.as_deref()).await?;
    }
    session::forget(&cookie).await?;
    Ok(see_other("/sign-in"))
}
