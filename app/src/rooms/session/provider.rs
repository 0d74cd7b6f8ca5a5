//! Signing in by the identity provider, and proving oneself again by it. The browser is led there by a page of ours, since a form may lead
//! nowhere else; it comes back as a page of another site, and a page of ours asks once more, so that its cookies come along. No script.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use neo::error::{Error, Kind};
use neo::oidc::{ABSENCE, Back, Sent};
use neo::sessions::{Arrived, Awaits, Returning};
use secrecy::SecretString;
use serde::Deserialize;

use super::by_provider::origin;
use super::come_in::{come_in, whence};
use super::kept::{self, FIELD, Kept};
use super::refused::{complain, wait};
use super::{again, links, sign_in};
use crate::door::origin::page_path;
use crate::door::visit::{Signed, Visit};
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::onward::{self, Onward};
use crate::page::render::see_other;

const WRONG_CODE: &str = "This code is wrong, or was used already. A code works once: wait for the next one.";

/// What a provider sends a browser back with.
#[derive(Deserialize)]
pub struct Brought {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Leads to the provider.
pub async fn begin(State(app): State<AppState>, visit: Visit, headers: HeaderMap, mut form: Form) -> Answer {
    let (redirect, next) = (here(&app, &visit), short(form.raw("next")));
    let device = session::device(&headers, &app.platform);
    let from = whence(&visit, device.as_deref());
    match neo::sessions::lead_to_provider(&app.platform, &*app.web, (&redirect, &next), from).await {
        Ok(sent) => Ok(led(&app, &visit, sent).await),
        Err(error) if error.kind == Kind::Throttled => {
            let (status, retry_after) = complain(&mut form, error, "")?;
            Ok(wait(sign_in::shown(&app, &visit, form, status, None).await, retry_after))
        }
        Err(error) => refused(&app, &visit, &next, error).await,
    }
}

/// Leads there whoever is to prove themselves once more.
pub async fn begin_again(State(app): State<AppState>, signed: Signed, mut form: Form) -> Answer {
    let (redirect, next) = (here(&app, &signed), short(form.raw("next")));
    let code = form.optional("code").map(SecretString::from);
    let who = (&signed.actor, signed.session.id_hash.as_str());
    let typed = Kept::read(&form).map(|_| form.raw(FIELD));
    match neo::sessions::lead_again(&app.platform, &*app.web, who, (&redirect, &next, typed), code.as_ref()).await {
        Ok(sent) => Ok(led(&app, &signed, sent).await),
        Err(error) if error.kind == Kind::Unavailable => {
            form.complain(None, format!("{}. Try again later.", error.message), None);
            again::shown(&app, &signed, form, StatusCode::SERVICE_UNAVAILABLE).await
        }
        Err(error) => {
            let (status, retry_after) = complain(&mut form, error, WRONG_CODE)?;
            Ok(wait(again::shown(&app, &signed, form, status).await?, retry_after))
        }
    }
}

/// Where the provider leads back to: nothing is done here.
pub async fn landed(visit: Visit, Query(brought): Query<Brought>) -> Response {
    let said = [("code", brought.code), ("state", brought.state), ("iss", brought.iss), ("error", brought.error)];
    let said = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let query: crate::query::Query = said.collect();
    let (title, text) = ("One moment".to_owned(), "You are being signed in.".to_owned());
    onward::page(&visit, Onward { title, text, url: query.href(links::PROVIDER_DONE) }).await
}

/// What they have come back with is taken, this once. It is asked for by a page of ours, never by one of another site.
pub async fn done(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Answer {
    let over = || Error::new(Kind::Unauthenticated, "this sign-in is over: it was used already, or took too long");
    if visit.from_elsewhere {
        return refused(&app, &visit, "/", over()).await;
    }
    let Some(ticket) = session::ticket(&headers, &app.platform) else {
        return refused(&app, &visit, "/", over()).await;
    };
    let back = Back {
        code: brought.code.map(SecretString::from),
        state: brought.state.map(SecretString::from),
        issuer: brought.iss,
        error: brought.error,
    };
    let signed = visit.actor().ok().zip(visit.session.as_ref().map(|session| session.id_hash.clone()));
    let redirect = here(&app, &visit);
    let returning = Returning {
        ticket: &ticket,
        back: &back,
        redirect: &redirect,
        session: signed.as_ref().map(|(actor, hash)| (actor, hash.as_str())),
        user_agent: visit.user_agent.as_deref(),
        address: visit.address.as_deref(),
    };
    let mut response = match neo::sessions::back_from_provider(&app.platform, &*app.web, returning).await {
        Ok(Arrived::Again { id, next, kept }) => {
            session::hand_out(&cookie, &id).await?;
            let form = Form::empty().with("next", next).with(FIELD, kept.unwrap_or_default());
            kept::proven(&visit, &form).await
        }
        Ok(Arrived::SignedIn { who, next }) => match who.awaits() {
            None => come_in(&app, &visit, &cookie, &headers, &who, see_other(&next)).await?,
            Some(awaits) => {
                let id = neo::sessions::pend(&app.platform, &who).await?;
                let step = match awaits {
                    Awaits::Code => links::CODE,
                    Awaits::Enrolment => links::ENROL,
                };
                let mut response = see_other(&links::on_the_way(step, &next));
                session::pend(&app.platform, &id, neo::sessions::patience(awaits), &mut response);
                response
            }
        },
        Err(error) if error.kind == Kind::Internal => return Err(error.into()),
        // Whoever is in was to prove it again.
        Err(error) if signed.is_some() => {
            let mut form = Form::empty();
            form.complain(None, crate::ui::text::sentence(&format!("{}.", error.message)), None);
            let (actor, session) = (visit.actor()?, visit.session.clone());
            let session = session.ok_or_else(|| Error::internal("an actor without a session"))?;
            let signed = Signed { visit, actor, session };
            again::shown(&app, &signed, form, status(error.kind)).await?
        }
        Err(error) => refused(&app, &visit, "/", error).await?,
    };
    session::no_longer_away(&app.platform, &mut response);
    Ok(response)
}

/// Where the provider sends a browser back to that is at this address of the console.
fn here(app: &AppState, visit: &Visit) -> String {
    format!("{}{}", origin(app, visit), links::PROVIDER_LANDED)
}

async fn led(app: &AppState, visit: &Visit, sent: Sent) -> Response {
    let name = app.platform.config.oidc.as_ref().map_or("", |oidc| oidc.name.as_str());
    let onward = Onward {
        title: format!("To {name}"),
        text: format!("You sign in at {name}, and come back here."),
        url: sent.url,
    };
    let mut response = onward::page(visit, onward).await;
    session::be_away(&app.platform, &sent.ticket, ABSENCE, &mut response);
    response
}

/// Kept while somebody is away: a page, and no book.
fn short(next: &str) -> String {
    Some(page_path(next)).filter(|next| next.len() <= 2000).unwrap_or("/").to_owned()
}

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNAUTHORIZED,
    }
}

/// The way in once more, with why this one led nowhere: in our words.
async fn refused(app: &AppState, visit: &Visit, next: &str, error: Error) -> Answer {
    if !matches!(error.kind, Kind::Unauthenticated | Kind::Denied | Kind::Invalid | Kind::Unavailable) {
        return Err(error.into());
    }
    let text = match error.kind {
        Kind::Unavailable => format!("{}. What else is here works as always.", error.message),
        _ => format!("{}.", error.message),
    };
    let mut form = Form::empty().with("next", next);
    form.complain(None, crate::ui::text::sentence(&text), None);
    Ok(sign_in::shown(app, visit, form, status(error.kind), None).await)
}
