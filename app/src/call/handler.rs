//! What answers under `/api/v1/`: finds the function, checks how it is called, and lets it in through the door.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use leptos::server_fn::axum::get_server_fn_service;
use neo::error::{Error, Kind, nearest};
use neo::requests;

use super::arguments::Refused;
use super::{Function, document};
use crate::door::origin::FUNCTIONS;
use crate::door::visit::Visit;
use crate::door::{AppState, Asked, Door};
use crate::error::Rendered;

/// Every function, and the document of all of them.
pub fn routes(functions: Vec<Function>) -> Router<AppState> {
    // Where the linker drops what only registers itself, these are there all the same.
    functions.iter().for_each(|function| (function.register)());
    let document = Bytes::from(document::of(&functions).to_string());
    let functions: Arc<[Function]> = functions.into();
    let call = move |State(app): State<AppState>, visit: Visit, request: Request| {
        let functions = functions.clone();
        async move {
            let known = functions.iter().find(|function| function.path == request.uri().path());
            let asked = known.map(|function| Asked(function.path.to_owned()));
            let mut response = call(&app, &functions, visit, request).await.unwrap_or_else(IntoResponse::into_response);
            if let Some(asked) = asked {
                response.extensions_mut().insert(asked);
            }
            response
        }
    };
    Router::new()
        .route(document::PATH, get(async move |visit: Visit| described(&visit, document)))
        .route(FUNCTIONS, any(call.clone()))
        .route("/api/v1/{*function}", any(call))
}

/// Whoever is known may read what there is.
fn described(visit: &Visit, document: Bytes) -> Result<impl IntoResponse + use<>, Refused> {
    visit.actor()?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document))
}

async fn call(app: &AppState, functions: &[Function], visit: Visit, mut request: Request) -> Result<Response, Refused> {
    // Only who is signed in is told what there is not.
    let door = Door::of(&app.platform, &visit)?.with_key(key(request.headers())?).having(had(request.headers()));
    let path = request.uri().path();
    let function = functions.iter().find(|function| function.path == path).ok_or_else(|| unknown(functions, path))?;
    let reads = request.method() == Method::HEAD && function.method == Method::GET;
    if *request.method() != function.method && !reads {
        return Ok(not_so(function, request.method()));
    }
    // Before the arguments are read: whoever may not is told nothing else. The service asks again.
    if function.connects {
        door.actor.authorise_connecting()?;
    }
    requests::admit(&app.platform, &door.actor, function.permission, function.asks)?;
    // Whoever accepts html would be led back to the page they came from, by server_fn.
    request.headers_mut().remove(header::ACCEPT);
    let mut service = get_server_fn_service(function.path, function.method.clone())
        .ok_or_else(|| Error::internal(format!("{} is not registered", function.path)))?;
    let mut response = door.clone().let_in(service.run(request)).await;
    match door.status() {
        Some(status) if response.status().is_success() => {
            *response.status_mut() = status;
            response.extensions_mut().insert(Rendered);
        }
        None if response.status().is_success() => *response.status_mut() = function.status,
        _ => {}
    }
    match door.tag() {
        Some((tag, had)) if response.status().is_success() => Ok(tagged(response, tag, had)),
        _ => Ok(response),
    }
}

/// With its tag; without itself, where the caller has it.
fn tagged(mut response: Response, tag: &str, had: bool) -> Response {
    if had {
        response = StatusCode::NOT_MODIFIED.into_response();
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What the caller has already.
fn had(headers: &HeaderMap) -> Option<String> {
    let told: Vec<_> = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    (!told.is_empty()).then(|| told.join(","))
}

/// What makes a call one that may be sent again.
fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes());
    text.map(|text| Some(text.to_owned()))
        .map_err(|_| Error::invalid("Idempotency-Key", "an Idempotency-Key is a text"))
}

fn unknown(functions: &[Function], path: &str) -> Error {
    let name = path.strip_prefix(FUNCTIONS).unwrap_or(path);
    Error::not_found("function", name)
        .nearest(nearest(name, functions.iter().map(|function| function.name().to_owned())))
        .hint(format!("GET {} lists them all", document::PATH))
}

fn not_so(function: &Function, method: &Method) -> Response {
    let error = Error::new(Kind::Invalid, format!("{} is not called with {method}", function.name()))
        .hint(format!("{} {}", function.method, function.path));
    let mut response = Refused(StatusCode::METHOD_NOT_ALLOWED, error).into_response();
    let allow = if function.method == Method::GET { "GET, HEAD" } else { "POST" };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}
