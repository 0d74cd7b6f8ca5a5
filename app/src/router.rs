//! All routes, and the door in front of them.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use futures::FutureExt;
use neo::Platform;
use neo::error::{Error, Kind};
use neo::traces;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

use crate::call::{self, Problem};
use crate::door::host::{Found, Place};
use crate::door::limits::Limits;
use crate::door::pace::Arrival;
use crate::door::visit::{Inner, Signed, Visit, choice, known};
use crate::door::{AppState, Asked, address, headers, health, origin, program, session};
use crate::error::AppError;
use crate::page::{assets, errors, route};
use crate::rooms;
use crate::web::Http;

/// A form is small. Whoever sends more than this gets 413.
const BODY_LIMIT: usize = 256 * 1024;
/// Whatever a page needs longer for than this is a run, or broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole console as a service, for [`crate::server::serve`] and for tests.
pub fn router(platform: Platform) -> Router {
    router_within(platform, Limits::default())
}

/// The same within other limits than the usual ones.
pub fn router_within(platform: Platform, limits: Limits) -> Router {
    // Rendering spawns. Only the first of several routers (tests) can say where.
    let _ = any_spawner::Executor::init_tokio();
    let app = AppState::new(platform, limits, Arc::new(Http::default()));
    let central = labelled(central(&app)).with_state(app.clone());
    let tenant = labelled(route::router(rooms::of_tenants(), &app.platform)).with_state(app.clone());
    let rooms = async move |Extension(visit): Extension<Visit>, request: Request| {
        let rooms = match visit.place {
            Place::Central => central.clone(),
            Place::Tenant(_) => tenant.clone(),
        };
        rooms.oneshot(request).await
    };
    Router::new()
        .merge(assets::routes())
        .fallback(rooms)
        .merge(health::routes())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), door))
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// The console: central subdomains only.
fn central(app: &AppState) -> Router<AppState> {
    route::router(rooms::pages(), &app.platform)
        .layer(middleware::from_fn_with_state(app.clone(), rooms::session::keep))
        .merge(call::handler::routes(rooms::functions()))
        .fallback(nowhere)
}

/// What of it was asked for is told with the answer: the route, and not the path.
fn labelled(router: Router<AppState>) -> Router<AppState> {
    router.layer(middleware::from_fn(async |route: Option<MatchedPath>, request: Request, next: Next| {
        let mut response = next.run(request).await;
        if let (Some(route), None) = (route, response.extensions().get::<Asked>()) {
            response.extensions_mut().insert(Asked(route.as_str().to_owned()));
        }
        response
    }))
}

/// Only who is signed in is told what there is not.
async fn nowhere(signed: Signed) -> AppError {
    Error::not_found("page", signed.path()).into()
}

/// Every request passes here: host, origin, session; and every answer leaves with its headers.
async fn door(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id = match told(request.headers()) {
        Some(id) => id,
        None => neo::id::new(),
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let own = request.extensions().get::<MatchedPath>().map(|route| Asked(route.as_str().to_owned()));
    let arrival = Arrival::default();
    let request = request.map(|body| arrival.of(body, &app.limits));
    let parent = text(request.headers(), HeaderName::from_static("traceparent")).map(str::to_owned);
    let span = traces::request(known_method(&method), &request_id, parent.as_deref());
    let answer = AssertUnwindSafe(enter(&app, &request_id, request, next)).catch_unwind().instrument(span.clone());
    let mut response = tokio::select! {
        answer = answer => match answer {
            Ok(_) if arrival.is_late() => {
                let late = Error::new(Kind::Invalid, "what was sent did not arrive in time");
                bare(&path, StatusCode::REQUEST_TIMEOUT, late, &request_id)
            }
            Ok(response) => response,
            // The panic's own text went to the log when it happened.
            Err(_) => {
                let failed = Error::new(Kind::Internal, format!("failed on our side; to quote: {request_id}"));
                bare(&path, StatusCode::INTERNAL_SERVER_ERROR, failed, &request_id)
            }
        },
        () = arrival.patience(PATIENCE) => {
            let slow = Error::unavailable(format!("took too long; to quote: {request_id}"));
            bare(&path, StatusCode::SERVICE_UNAVAILABLE, slow, &request_id)
        }
    };
    let status = response.status();
    headers::come_back(status, response.headers_mut());
    let nonce = response.extensions_mut().remove::<headers::Nonce>();
    headers::put(response.headers_mut(), nonce.as_ref(), &request_id, !app.platform.config.is_local());
    let took = began.elapsed();
    let asked = response.extensions_mut().remove::<Asked>().or(own);
    let route = asked.as_ref().map_or(NOWHERE, |Asked(route)| route);
    neo::metrics::answered(known_method(&method), route, status.as_u16(), took);
    traces::answered(&span, known_method(&method), route, status.as_u16());
    let who = response.extensions_mut().remove::<Who>();
    let visit = who.as_ref().map(|Who(visit)| visit);
    // The path without its query: a set-up link's token is in the query.
    tracing::info!(
        request_id,
        %method,
        path,
        route,
        status = status.as_u16(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        person = visit.and_then(Visit::person),
        address = visit.and_then(|visit| visit.address.as_deref()),
        "answered"
    );
    response
}

/// What is measured of a request that no route answered.
const NOWHERE: &str = "none";

/// Who was answered, for the log.
#[derive(Clone)]
struct Who(Visit);

/// The id that a request came with, so that a proxy's log and this one tell of the same: letters, digits, `.`, `_` and `-`, 8 to 64.
fn told(headers: &HeaderMap) -> Option<String> {
    let id = text(headers, HeaderName::from_static("x-request-id"))?;
    let is_one = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    ((8..=64).contains(&id.len()) && id.bytes().all(is_one)).then(|| id.to_owned())
}

/// One of the few that are asked with; a method may be any word.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

async fn enter(app: &AppState, request_id: &str, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if health::is_probe(path) {
        return next.run(request).await;
    }
    let found = match app.hosts.find(&app.platform, request.headers()).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let text = "not a host of this console";
            // On one's own machine it is the name alone that is missing; strangers elsewhere are told no other host.
            let text = match (app.platform.config.is_local(), app.platform.config.central_subdomains.first()) {
                (true, Some(central)) => format!("{text}, which is at {}", app.platform.config.origin(central)),
                _ => text.to_owned(),
            };
            let stray = Error::new(Kind::NotFound, text);
            return bare(path, StatusCode::MISDIRECTED_REQUEST, stray, request_id);
        }
        Err(error) => {
            tracing::warn!(request_id, "the host could not be looked up: {}", error.log_text());
            let away = Error::unavailable("the central database does not answer");
            return bare(path, StatusCode::SERVICE_UNAVAILABLE, away, request_id);
        }
    };
    if path.starts_with("/assets/") || path == "/favicon.ico" {
        return next.run(request).await;
    }
    let own_origin = app.origin(&found.label);
    if program::is_one(&found.place, &request) {
        // No other site can send a token by itself, so the origin says nothing here.
        let visit = visit(app, request_id, found, &own_origin, &request);
        let (mine, platform) = (visit.clone(), app.platform.clone());
        return answered(&mine, program::layer(platform, request, next, visit, finish)).await;
    }
    let checked = origin::check(request.method(), path, request.headers(), &own_origin);
    let visit = visit(app, request_id, found, &own_origin, &request);
    // Another site can use nothing but the cookie. Without one, a function says that nobody is signed in.
    let is_harmless = path.starts_with(origin::FUNCTIONS) && !visit.was_known;
    if let (Err(error), false) = (checked, is_harmless) {
        return errors::finish(&visit, AppError::from(error).into_response()).await;
    }
    let (mine, platform) = (visit.clone(), app.platform.clone());
    answered(&mine, session::layer(platform, request, next, visit, finish)).await
}

/// What a handler answers, also where it panics.
async fn answered(visit: &Visit, answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(_) => errors::finish(visit, AppError::from(Error::internal("a handler panicked")).into_response()).await,
    }
}

fn finish(visit: Visit, mut response: Response) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async move {
        let asked = response.extensions_mut().remove::<Asked>();
        let mut response = errors::finish(&visit, response).await;
        if let Some(asked) = asked {
            response.extensions_mut().insert(asked);
        }
        response.extensions_mut().insert(Who(visit));
        response
    })
}

fn visit(app: &AppState, request_id: &str, found: Found, own_origin: &str, request: &Request) -> Visit {
    let config = &app.platform.config;
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let path = request.uri().path();
    Visit::new(Inner {
        place: found.place,
        host: format!("{}.{}", found.label, config.base_domain),
        environment: config.environment.clone(),
        production: config.is_production(),
        url: request.uri().path_and_query().map_or_else(|| path.to_owned(), ToString::to_string),
        method: request.method().clone(),
        request_id: request_id.to_owned(),
        address: peer.map(|peer| address::client(peer, headers, &config.trusted_proxies).to_string()),
        user_agent: text(headers, header::USER_AGENT).map(|agent| agent.chars().take(300).collect()),
        from_elsewhere: headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
        came_from: origin::came_from(headers, own_origin),
        session: None,
        program: None,
        was_known: known(headers, session::cookie_name(config.is_local())),
        theme: choice(headers, "neo_theme", &["light", "dark"]),
        density: choice(headers, "neo_density", &["compact", "touch"]),
        zone: choice(headers, "neo_zone", &["local"]),
        machine: path.starts_with("/api/")
            || path.starts_with("/events/")
            || text(headers, header::ACCEPT).is_some_and(|accept| accept.starts_with("application/json")),
    })
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What is said where no page can be made: one line, and to programs the error that they can read.
fn bare(path: &str, status: StatusCode, error: Error, request_id: &str) -> Response {
    if path.starts_with(origin::FUNCTIONS) {
        return (status, Json(Problem::told(&error, request_id))).into_response();
    }
    let text = format!("{}: {}\n", status.as_u16(), error.message);
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
