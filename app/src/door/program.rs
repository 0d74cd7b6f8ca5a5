//! A program comes in with a token, to the functions alone: looked up at each request, counted, and told how it stands. No cookie
//! is read beside it.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use neo::Platform;
use neo::actor::Actor;
use neo::error::{Error, Kind, Result};
use neo::tokens::{self, Allowance};

use super::host::Place;
use super::origin::FUNCTIONS;
use super::session::{Finish, write_refusal};
use super::visit::Visit;
use crate::error::AppError;

/// Whether a request to this place is a program's. What else a browser may send in this header opens no page.
pub fn is_one(place: &Place, request: &Request) -> bool {
    matches!(place, Place::Central)
        && request.uri().path().starts_with(FUNCTIONS)
        && request.headers().contains_key(header::AUTHORIZATION)
}

/// Lets it through with a [`Visit`] that knows it.
pub async fn layer(platform: Platform, mut request: Request, next: Next, visit: Visit, finish: Finish) -> Response {
    let (actor, headers) = (known(&platform, &visit, request.headers()).await, request.headers_mut());
    headers.remove(header::AUTHORIZATION);
    headers.remove(header::COOKIE);
    let actor = match actor {
        Ok(actor) => actor,
        Err(error) => return unknown(finish(visit, AppError::from(error).into_response()).await),
    };
    let function = visit.path().strip_prefix(FUNCTIONS).unwrap_or_default();
    let allowance = tokens::admit(&platform, &actor, function);
    let refusal = allowance.and_then(|allowance| allowance.refusal());
    let visit = visit.with_program(actor);
    request.extensions_mut().insert(visit.clone());
    let response = match refusal {
        Some(error) => AppError::from(error).into_response(),
        None => next.run(request).await,
    };
    let refused = response.extensions().get::<AppError>().cloned();
    write_refusal(&platform, &visit, refused).await;
    let mut response = finish(visit, response).await;
    if let Some(allowance) = allowance {
        say_allowance(response.headers_mut(), &allowance);
    }
    response
}

async fn known(platform: &Platform, visit: &Visit, headers: &HeaderMap) -> Result<Actor> {
    let text = bearer(headers).ok_or_else(|| {
        Error::new(Kind::Unauthenticated, "this is no token").hint("send one: Authorization: Bearer neo_…")
    })?;
    let actor = tokens::authenticate(platform, text, visit.address.as_deref()).await?;
    Ok(Actor { request_id: visit.request_id.clone(), ..actor })
}

/// What is told once, and as what it is.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut told = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (told.next()?, told.next()) else { return None };
    let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

/// With what would be taken instead.
fn unknown(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// How often it may go on asking.
fn say_allowance(headers: &mut HeaderMap, allowance: &Allowance) {
    let Allowance { limit, remaining, reset, .. } = *allowance;
    for (name, value) in [
        ("ratelimit-limit", u64::from(limit)),
        ("ratelimit-remaining", u64::from(remaining)),
        ("ratelimit-reset", reset),
    ] {
        headers.insert(HeaderName::from_static(name), value.into());
    }
}
