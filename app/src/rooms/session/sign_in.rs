//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use leptos::prelude::*;
use neo::sessions::Awaits;

use super::by_provider::{button, origin};
use super::closed::refuse_while_out_of_use;
use super::come_in::{come_in, whence};
use super::links;
use super::next::Asked;
use super::refused::{complain, wait, wrong};
use crate::door::host::Place;
use crate::door::origin::{local_path, page_path};
use crate::door::visit::Visit;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::onward::{self, Onward};
use crate::page::render::{self, Page, see_other};
use crate::rooms::passkeys::pieces::{self, ByScript};
use crate::ui::{Banner, Field, Tone};

/// One text for every wrong.
const WRONG: &str = "Email or password is wrong, or this account cannot sign in.";

pub async fn ask(State(app): State<AppState>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    if visit.session.is_some() {
        return Ok(see_other(page_path(&asked.next)));
    }
    if onward::is_from_elsewhere(&visit) {
        return Ok(onward::once_more(&visit).await);
    }
    let form = Form::empty().with("next", local_path(&asked.next));
    let why = match (&asked.ready, &asked.chosen, &asked.ended) {
        (Some(_), _, _) => Some("Your account is ready. Sign in with it."),
        (None, Some(_), _) => Some("Your password is set. Sign in with it."),
        (None, None, Some(_)) => Some("Your session ended; sign in again."),
        (None, None, None) => None,
    };
    Ok(shown(&app, &visit, form, StatusCode::OK, why).await)
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
    let (platform, next) = (&app.platform, form.raw("next").to_owned());
    let device = session::device(&headers, platform);
    let from = whence(&visit, device.as_deref());
    match neo::sessions::sign_in(platform, &visit.audience(), &email, &password, from).await {
        Ok(who) => {
            let Some(awaits) = who.awaits() else {
                return Ok(come_in(&app, &visit, &cookie, &headers, &who, see_other(&next)).await?);
            };
            let id = neo::sessions::pend(platform, &who).await?;
            let step = match awaits {
                Awaits::Code => links::CODE,
                Awaits::Enrolment => links::ENROL,
            };
            let mut response = see_other(&links::on_the_way(step, &next));
            session::pend(platform, &id, neo::sessions::patience(awaits), &mut response);
            Ok(response)
        }
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG)?;
            Ok(wait(shown(&app, &visit, form, status, None).await, retry_after))
        }
    }
}

pub(super) async fn shown(
    app: &AppState,
    visit: &Visit,
    form: Form,
    status: StatusCode,
    why: Option<&'static str>,
) -> Response {
    let (title, whom) = match &visit.place {
        Place::Central => {
            ("Sign in".to_owned(), "Central administrators. Tenant users sign in on their own address.".to_owned())
        }
        Place::Tenant(tenant) => (format!("Sign in to {}", tenant.name), format!("Users of {}.", tenant.name)),
    };
    let (email, next) = (form.text("email").to_owned(), local_path(form.raw("next")).to_owned());
    let summary = wrong(&form);
    let by_passkey = matches!(visit.place, Place::Central).then(|| ByScript {
        action: links::PASSKEY,
        options: links::PASSKEY_OPTIONS,
        label: "Use a passkey",
        hidden: vec![("next", next.clone())],
    });
    let config = &app.platform.config;
    // Of a console that nobody can come into yet, that is what there is to say.
    let nobody = match &visit.place {
        Place::Central => neo::admins::none_yet(&app.platform).await.unwrap_or_default(),
        Place::Tenant(_) => false,
    };
    let provider = config.oidc.as_ref().filter(|_| matches!(visit.place, Place::Central));
    let by_provider =
        provider.map(|oidc| button(links::PROVIDER, format!("Sign in with {}", oidc.name), next.clone(), None));
    let alone =
        (by_provider.is_some() && !config.password_sign_in).then_some("Below, superadmins with a second factor alone.");
    let page = Page::bare(title.clone()).status(status);
    let page = if by_passkey.is_some() { page.passkeys() } else { page };
    render::page(visit, page, move || {
        view! {
            <h1>{title}</h1>
            <p class="muted">{whom}</p>
            {nobody.then(|| view! {
                <Banner tone=Tone::Warn title="There is no admin yet.">
                    "The first comes in by the set-up link that Neo has printed where it runs, or is made on its command line."
                </Banner>
            })}
            {why.map(|why| view! { <p role="status">{why}</p> })}
            {summary}
            {by_provider}
            {alone.map(|alone| view! { <p class="muted">{alone}</p> })}
            <form method="post" action="/sign-in">
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
            {by_passkey.map(|by| pieces::prove(by, Some("f-email")))}
        }
    })
    .await
}

pub async fn sign_out(State(app): State<AppState>, visit: Visit, cookie: tower_sessions::Session) -> Answer {
    if let Some(ended) = &visit.session {
        neo::sessions::sign_out(&app.platform, ended, visit.address.as_deref()).await?;
    }
    session::forget(&cookie).await?;
    let began_there = visit.session.as_ref().is_some_and(|ended| ended.by_provider);
    if let (true, Some(oidc)) = (began_there, &app.platform.config.oidc) {
        let landing = format!("{}/sign-in", origin(&app, &visit));
        if let Some(url) = neo::sessions::sign_out_at_provider(&app.platform, &*app.web, &landing).await {
            let (title, text) = ("Signed out".to_owned(), format!("You are signed out here. Next, at {}.", oidc.name));
            return Ok(onward::page(&visit, Onward { title, text, url }).await);
        }
    }
    Ok(see_other("/sign-in"))
}
