//! On a tenant's subdomain: who is signed in, their password, their sessions, and the way out. No script.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Kind};
use neo::sessions::Session;
use neo::tenant_users;

use super::acts::Changed;
use super::links;
use crate::door::host::Place;
use crate::door::visit::Visit;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::typed::Typed;
use crate::ui::Time;

pub async fn show(State(app): State<AppState>, visit: Visit) -> Answer {
    shown(&app, &visit, Form::empty()).await
}

pub async fn change_password(
    State(app): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    typed: Typed<Changed>,
) -> Answer {
    let this = signed_in(&visit)?;
    let address = visit.address.as_deref();
    let changed = typed.hand_to(async |Changed { old, new }| {
        tenant_users::change_password(&app.platform, this, address, &old, &new).await
    });
    match changed.await? {
        Ok(_) => Ok(known_again(&app, &visit, this, &headers).await),
        Err(form) => shown(&app, &visit, form).await,
    }
}

pub async fn sign_out_everywhere(State(app): State<AppState>, visit: Visit, cookie: tower_sessions::Session) -> Answer {
    tenant_users::sign_out_everywhere(&app.platform, signed_in(&visit)?, visit.address.as_deref()).await?;
    session::forget(&cookie).await?;
    Ok(see_other("/sign-in"))
}

/// Of all browsers this one alone is known from here on.
async fn known_again(app: &AppState, visit: &Visit, this: &Session, headers: &HeaderMap) -> Response {
    let mut response = see_other("/account?changed=1");
    if let Some(subject_id) = this.subject_id.as_deref() {
        let before = session::device(headers, &app.platform);
        let whose = (subject_id, this.email.as_str());
        session::remember(&app.platform, &visit.audience(), whose, before.as_deref(), &mut response).await;
    }
    response
}

fn signed_in(visit: &Visit) -> neo::Result<&Session> {
    let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
    visit.session.as_ref().ok_or_else(nobody)
}

async fn shown(app: &AppState, visit: &Visit, form: Form) -> Answer {
    let this = signed_in(visit)?.clone();
    let Place::Tenant(tenant) = visit.place.clone() else { return Err(Error::not_found("page", visit.path()).into()) };
    let sessions = tenant_users::own_sessions(&app.platform, &this).await?;
    let is_changed = visit.url.ends_with("?changed=1");
    let page = Page::bare(format!("Account · {}", tenant.name)).form(&form);
    let page = render::page(visit, page, move || {
        let rows = sessions.into_iter().map(|session| row(session, &this.id_hash)).collect_view();
        view! {
            <h1>"Account"</h1>
            {is_changed.then(|| view! { <p role="status">"Your password is changed; your other sessions have ended."</p> })}
            <dl>
                <dt>"Tenant"</dt>
                <dd>{tenant.name.clone()}</dd>
                <dt>"Name"</dt>
                <dd>{this.name}</dd>
                <dt>"Email"</dt>
                <dd>{this.email.clone()}</dd>
                <dt>"Role"</dt>
                <dd>{this.tenant_role}</dd>
            </dl>
            <section aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <p class="muted">"A new password ends your other sessions."</p>
                <form method="post" action=links::PASSWORD>
                    {form.summary_beside(&["old", "new", "again"])}
                    <input type="hidden" name="username" autocomplete="username" value=this.email />
                    {form.password("old", "Password now", "current-password")}
                    {form.new_password("new", "New password")}
                    {form.password("again", "New password again", "new-password")}
                    <div class="field"><button type="submit" class="primary">"Change password"</button></div>
                </form>
            </section>
            <section aria-labelledby="sessions">
                <h2 id="sessions">"Sessions"</h2>
                <ul class="own">{rows}</ul>
                <form method="post" action=links::END_ALL class="field">
                    <button type="submit">"Sign out everywhere"</button>
                </form>
            </section>
            <form method="post" action="/sign-out" class="field"><button type="submit">"Sign out"</button></form>
        }
    });
    Ok(page.await)
}

fn row(session: Session, this: &str) -> impl IntoView + use<> {
    let is_this = session.id_hash == this;
    let device = neo::sessions::device(session.user_agent.as_deref());
    let address = session.address.unwrap_or_else(|| "unknown address".into());
    view! {
        <li>
            {is_this.then(|| view! { <strong>"This one: "</strong> })}
            {device}
            <br />
            <span class="muted"><span class="mono">{address}</span>", since "<Time ms=session.created_at />", last seen "<Time ms=session.last_seen_at /></span>
        </li>
    }
}
