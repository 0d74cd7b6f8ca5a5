//! The way of a form whose sender has to prove themselves once more: by the page that asks for it, and on from there.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use neo::error::Kind;

use super::kept::{FIELD, Kept};
use super::{again, links};
use crate::door::AppState;
use crate::door::origin::local_path;
use crate::door::visit::{Signed, Visit};
use crate::error::AppError;
use crate::page::forms::Form;

/// Stands before every page: a form that is refused until its sender has proven themselves once more is kept, and the proof asked for in its
/// place.
pub async fn keep(State(app): State<AppState>, visit: Visit, request: Request, next: Next) -> Response {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let (Ok(actor), Some(session)) = (visit.actor(), visit.session.clone()) else { return next.run(request).await };
    let may_be_asked = visit.method == Method::POST && !visit.machine && !visit.path().starts_with(links::AGAIN);
    if !is_form || !may_be_asked || actor.is_recent() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    let response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    let is_asked = |error: &AppError| error.0.kind == Kind::Reauthenticate;
    if !response.extensions().get::<AppError>().is_some_and(is_asked) {
        return response;
    }
    let Some(kept) = Kept::of(&visit.url, &body).and_then(|kept| serde_json::to_string(&kept).ok()) else {
        return response;
    };
    let back = visit.came_from.clone().unwrap_or_default();
    let form = Form::empty().with("next", local_path(&back)).with(FIELD, kept);
    match again::shown(&app, &Signed { visit, actor, session }, form, StatusCode::FORBIDDEN).await {
        Ok(asked) => asked,
        Err(error) => error.into_response(),
    }
}
