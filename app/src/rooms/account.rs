//! One's own account: password, sessions, how pages look. On a tenant's subdomain: who is signed in, and the way out.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use leptos::prelude::*;
use neo::error::{Error, Kind};
use neo::sessions::Session;

use crate::door::AppState;
use crate::door::host::Place;
use crate::door::session;
use crate::door::visit::{Signed, Visit};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::ui::{Column, Nav, Table, Time};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end", post(end_one))
        .route("/account/sessions/end-others", post(end_others))
        .route("/preferences", post(prefer))
}

pub fn tenant_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(tenant_account))
        .route("/account", get(tenant_account))
        .route("/preferences", post(prefer))
}

async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    page(&app, &signed, Form::empty()).await
}

async fn change_password(State(app): State<AppState>, signed: Signed, headers: HeaderMap, mut form: Form) -> Answer {
    if form.raw("new") != form.raw("again") {
        form.complain(Some("again"), "the two passwords differ", None);
        return page(&app, &signed, form).await;
    }
    let (old, new) = (form.secret("old"), form.secret("new"));
    match neo::sessions::change_password(&app.platform, &signed.actor, &signed.session.id_hash, &old, &new).await {
        Ok(()) => Ok(known_again(&app, &signed, &headers).await),
        // Signed in they are: what is wrong is the old password.
        Err(error) if error.kind == Kind::Unauthenticated => {
            form.complain(Some("old"), "this is not your password", None);
            page(&app, &signed, form).await
        }
        Err(error) => page(&app, &signed, form.refuse(error)?).await,
    }
}

async fn end_one(State(app): State<AppState>, signed: Signed, headers: HeaderMap, form: Form) -> Answer {
    neo::sessions::end_own(&app.platform, &signed.actor, form.text("session")).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

async fn end_others(State(app): State<AppState>, signed: Signed, headers: HeaderMap) -> Answer {
    neo::sessions::end_others(&app.platform, &signed.actor, &signed.session.id_hash).await?;
    Ok(known_again(&app, &signed, &headers).await)
}

/// Of all browsers this one alone is known from here on.
async fn known_again(app: &AppState, signed: &Signed, headers: &HeaderMap) -> Response {
    let mut response = see_other("/account");
    if let Some(subject_id) = signed.session.subject_id.as_deref() {
        let (before, whose) = (session::device(headers, &app.platform), (subject_id, signed.session.email.as_str()));
        session::remember(&app.platform, &signed.audience(), whose, before.as_deref(), &mut response).await;
    }
    response
}

/// How pages look is a matter of this browser: a cookie each, read by nobody else.
async fn prefer(State(app): State<AppState>, visit: Visit, form: Form) -> Response {
    let mut response = see_other(visit.came_from.as_deref().unwrap_or("/account"));
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

async fn page(app: &AppState, signed: &Signed, form: Form) -> Answer {
    let sessions = neo::sessions::list_own(&app.platform, &signed.actor).await?;
    let (me, this) = (signed.session.clone(), signed.session.id_hash.clone());
    let role = signed.actor.role;
    let page = Page::new(Nav::Account, "Account").form(&form);
    let page = render::page(signed, page, move || {
        let others = sessions.len() > 1;
        let rows = sessions.into_iter().map(|session| row(session, &this)).collect_view();
        let columns = vec![
            Column::new("Browser"),
            Column::new("Address"),
            Column::num("Since"),
            Column::num("Last seen"),
            Column::hidden("Act"),
        ];
        view! {
            <div class="head"><div><h1>"Account"</h1><p>{format!("{}, {}, {role}", me.name, me.email)}</p></div></div>
            <section aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <p class="muted">"A new password ends your other sessions."</p>
                <form method="post" action="/account/password" class="form">
                    {form.summary_beside(&["old", "new", "again"])}
                    <input type="hidden" name="username" autocomplete="username" value=me.email.clone() />
                    {form.password("old", "Password now", "current-password")}
                    {form.new_password("new", "New password")}
                    {form.password("again", "New password again", "new-password")}
                    <div class="acts"><button type="submit" class="primary">"Change password"</button></div>
                </form>
            </section>
            <section aria-labelledby="sessions">
                <h2 id="sessions">"Sessions"</h2>
                <Table caption="Sessions" columns=columns><tbody>{rows}</tbody></Table>
                {others
                    .then(|| {
                        view! {
                            <form method="post" action="/account/sessions/end-others" class="acts">
                                <button type="submit">"End all other sessions"</button>
                            </form>
                        }
                    })}
            </section>
        }
    });
    Ok(page.await)
}

fn row(session: Session, this: &str) -> impl IntoView + use<> {
    let agent = session.user_agent.unwrap_or_else(|| "unknown".into());
    let act = if session.id_hash == this {
        view! { <strong>"This one"</strong> }.into_any()
    } else {
        view! {
            <form method="post" action="/account/sessions/end">
                <input type="hidden" name="session" value=session.id_hash />
                <button type="submit">"End"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <td>{agent}</td>
            <td class="mono">{session.address}</td>
            <td class="num nowrap"><Time ms=session.created_at /></td>
            <td class="num nowrap"><Time ms=session.last_seen_at /></td>
            <td class="num">{act}</td>
        </tr>
    }
}

async fn tenant_account(visit: Visit) -> Answer {
    let (Some(session), Place::Tenant(tenant)) = (visit.session.clone(), visit.place.clone()) else {
        return Err(Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again").into());
    };
    let page = render::page(&visit, Page::bare("Account"), move || {
        view! {
            <h1>"Account"</h1>
            <dl>
                <dt>"Tenant"</dt>
                <dd>{tenant.name.clone()}</dd>
                <dt>"Name"</dt>
                <dd>{session.name}</dd>
                <dt>"Email"</dt>
                <dd>{session.email}</dd>
                <dt>"Role"</dt>
                <dd>{session.tenant_role}</dd>
            </dl>
            <form method="post" action="/sign-out" class="field"><button type="submit">"Sign out"</button></form>
        }
    });
    Ok(page.await.into_response())
}
