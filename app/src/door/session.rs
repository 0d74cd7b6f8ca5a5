//! The session cookie: tower-sessions' machinery over the platform's `sessions` rows.
//!
//! The store is made per request, bound to the audience of the host that was asked, so that a session of another audience is
//! not found at all. tower-sessions keeps the cookie and the life of the id; whether a session is alive, whom it is for and
//! what it is worth is the platform's to say ([`neo::sessions`]), with the database's clock.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use neo::Platform;
use neo::error::{Error, Kind};
use neo::sessions::{self, Audience, Session};
use secrecy::{ExposeSecret, SecretString};
use tower::{Layer, Service};
use tower_sessions::session::{Id, Record};
use tower_sessions::{SessionManagerLayer, SessionStore, session_store};

use super::visit::{Visit, value};
use crate::error::AppError;

/// Under this name the record has the id of a session that was just begun, on its way into the cookie.
const NEWCOMER: &str = "newcomer";

/// Over plain http a `__Host-` cookie (which must be Secure) would not come back, so the local mode has a name of its own.
pub fn cookie_name(local: bool) -> &'static str {
    if local { "neo_dev" } else { "__Host-neo" }
}

/// The cookie that makes this browser known to somebody's account.
fn known_name(local: bool) -> &'static str {
    if local { "neo_known" } else { "__Host-neo-known" }
}

/// The cookie of a sign-in whose second factor is still to come: it opens the page that asks for that, and nothing else.
fn pending_name(local: bool) -> &'static str {
    if local { "neo_pending" } else { "__Host-neo-pending" }
}

/// The cookie of a browser that is at the identity provider: without it nobody comes back.
fn ticket_name(local: bool) -> &'static str {
    if local { "neo_provider" } else { "__Host-neo-provider" }
}

/// What this browser has to show that comes back from there.
pub fn ticket(headers: &HeaderMap, platform: &Platform) -> Option<SecretString> {
    value(headers, ticket_name(platform.config.is_local())).filter(|id| !id.is_empty()).map(SecretString::from)
}

/// Gives it what it comes back with.
pub fn be_away(platform: &Platform, ticket: &SecretString, lives: Duration, response: &mut Response) {
    set(platform, ticket_name(platform.config.is_local()), ticket.expose_secret(), lives, response);
}

/// It has come back.
pub fn no_longer_away(platform: &Platform, response: &mut Response) {
    set(platform, ticket_name(platform.config.is_local()), "", Duration::ZERO, response);
}

/// What this browser has of a sign-in that is not whole yet.
pub fn pending(headers: &HeaderMap, platform: &Platform) -> Option<String> {
    value(headers, pending_name(platform.config.is_local())).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Gives it the id that the second step is known by.
pub fn pend(platform: &Platform, id: &SecretString, lives: Duration, response: &mut Response) {
    set_pending(platform, id.expose_secret(), lives, response);
}

/// Takes it away again, where there is one.
pub fn no_longer_pending(headers: &HeaderMap, platform: &Platform, response: &mut Response) {
    if pending(headers, platform).is_some() {
        set_pending(platform, "", Duration::ZERO, response);
    }
}

fn set_pending(platform: &Platform, value: &str, lives: Duration, response: &mut Response) {
    set(platform, pending_name(platform.config.is_local()), value, lives, response);
}

fn set(platform: &Platform, name: &str, value: &str, lives: Duration, response: &mut Response) {
    let (secure, age) = (if platform.config.is_local() { "" } else { "; Secure" }, lives.as_secs());
    let text = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
    if let Ok(mut cookie) = HeaderValue::from_str(&text) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What this browser has to show for having been signed in from before.
pub fn device(headers: &HeaderMap, platform: &Platform) -> Option<String> {
    value(headers, known_name(platform.config.is_local())).map(str::to_owned)
}

/// Makes this browser known to whoever has just proven who they are. Should that fail, they are signed in all the same.
pub async fn remember(
    platform: &Platform,
    audience: &Audience,
    (subject_id, email): (&str, &str),
    before: Option<&str>,
    response: &mut Response,
) {
    match sessions::remember(platform, audience, subject_id, email, before).await {
        Ok(cookie) => drop(response.extensions_mut().insert(Remembered(cookie))),
        Err(error) => tracing::warn!(error = error.log_text(), "a browser could not be made known"),
    }
}

#[derive(Clone)]
struct Remembered(SecretString);

fn known_cookie(Remembered(value): &Remembered, local: bool) -> Option<HeaderValue> {
    let (name, secure) = (known_name(local), if local { "" } else { "; Secure" });
    let (value, age) = (value.expose_secret(), sessions::KNOWN.as_secs());
    format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}").parse().ok()
}

/// Makes an answer of what a handler gave up with. How it looks is no business of the door's.
pub type Finish = fn(Visit, Response) -> Pin<Box<dyn Future<Output = Response> + Send>>;

/// Finds the session of a request and lets it through with a [`Visit`] that knows it.
pub async fn layer(platform: Platform, mut request: Request, next: Next, visit: Visit, finish: Finish) -> Response {
    let local = platform.config.is_local();
    let refusals = platform.clone();
    let store = Store { platform, audience: visit.audience(), found: Arc::default() };
    let found = store.found.clone();
    let layer = SessionManagerLayer::new(store)
        .with_name(Cow::Borrowed(cookie_name(local)))
        .with_secure(!local)
        .with_http_only(true)
        .with_same_site(tower_sessions::cookie::SameSite::Strict)
        .with_path("/");
    request.extensions_mut().insert(visit);
    let inner = Knowing { next, found, platform: refusals, finish };
    let mut response = match layer.layer(inner).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if !local {
        secure_removal(response.headers_mut());
    }
    let known = response.extensions_mut().remove::<Remembered>();
    if let Some(cookie) = known.and_then(|known| known_cookie(&known, local)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// tower-sessions removes a cookie without `Secure`, which no browser takes for a `__Host-` name.
fn secure_removal(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|cookie| match cookie.to_str() {
            Ok(text) if text.starts_with("__Host-neo=;") && !text.contains("Secure") => {
                HeaderValue::from_static("__Host-neo=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0")
            }
            _ => cookie.clone(),
        })
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// Puts the id of a session that was just begun into the cookie, in place of the one that was there.
pub async fn hand_out(session: &tower_sessions::Session, id: &SecretString) -> neo::Result<()> {
    if session.id().is_some() {
        session.cycle_id().await.map_err(Error::internal)?;
    }
    session.insert(NEWCOMER, id.expose_secret()).await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)
}

/// Takes the cookie away; the session it named is ended by the platform.
pub async fn forget(session: &tower_sessions::Session) -> neo::Result<()> {
    session.flush().await.map_err(Error::internal)
}

/// What is innermost: the session is read once, before the route, and put into the visit.
#[derive(Clone)]
struct Knowing {
    next: Next,
    found: Arc<Mutex<Option<Session>>>,
    platform: Platform,
    finish: Finish,
}

impl Service<Request> for Knowing {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Self { next, found, platform, finish } = self.clone();
        Box::pin(async move {
            let Some(visit) = request.extensions().get::<Visit>().cloned() else { return Ok(next.run(request).await) };
            let visit = match request.extensions().get::<tower_sessions::Session>().cloned() {
                // The value is not in the record but beside it, so any name makes the store look.
                Some(session) => match session.get_value(NEWCOMER).await {
                    Ok(_) => visit.with_session(found.lock().ok().and_then(|found| found.clone())),
                    Err(error) => return Ok(finish(visit, unavailable(error)).await),
                },
                None => visit,
            };
            request.extensions_mut().insert(visit.clone());
            let response = next.run(request).await;
            let refused = response.extensions().get::<AppError>().cloned();
            write_refusal(&platform, &visit, refused).await;
            Ok(finish(visit, response).await)
        })
    }
}

/// What somebody was refused by their role is in the audit: who, and what they asked for.
pub(super) async fn write_refusal(platform: &Platform, visit: &Visit, refused: Option<AppError>) {
    let Some(AppError(error)) = refused else { return };
    let (Kind::Denied, Ok(actor)) = (error.kind, visit.actor()) else { return };
    let what = format!("{} {}", visit.method, visit.path());
    if let Err(error) = neo::audit::refused(platform, &actor, &what, &error).await {
        tracing::error!(error = error.log_text(), "a refusal could not be written into the audit");
    }
}

fn unavailable(error: tower_sessions::session::Error) -> Response {
    use axum::response::IntoResponse;
    crate::error::AppError::from(Error::unavailable("the session could not be looked up").source(error)).into_response()
}

#[derive(Clone)]
struct Store {
    platform: Platform,
    audience: Audience,
    found: Arc<Mutex<Option<Session>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("audience", &self.audience).finish_non_exhaustive()
    }
}

type Stored<'a, T> = Pin<Box<dyn Future<Output = session_store::Result<T>> + Send + 'a>>;

/// Written out rather than with the macro: the trait's `async_trait` is not re-exported.
impl SessionStore for Store {
    /// The row is there already: the platform has begun it.
    fn create<'a: 'f, 'b: 'f, 'f>(&'a self, record: &'b mut Record) -> Stored<'f, ()> {
        Box::pin(async move {
            let id = record.data.remove(NEWCOMER);
            record.id = id
                .as_ref()
                .and_then(|id| id.as_str())
                .and_then(|id| id.parse::<Id>().ok())
                .ok_or_else(|| session_store::Error::Encode("a session is for somebody".into()))?;
            record.data.insert("audience".into(), format!("{:?}", self.audience).into());
            Ok(())
        })
    }

    /// Nothing to save: what a session holds changes only through the platform. So a slow request cannot revive one that has
    /// ended meanwhile.
    fn save<'a: 'f, 'b: 'f, 'f>(&'a self, _record: &'b Record) -> Stored<'f, ()> {
        Box::pin(async { Ok(()) })
    }

    fn load<'a: 'f, 'b: 'f, 'f>(&'a self, id: &'b Id) -> Stored<'f, Option<Record>> {
        Box::pin(async move {
            let session = sessions::resume(&self.platform, &self.audience, &id.to_string()).await.map_err(backend)?;
            let record = session.as_ref().map(|session| Record {
                id: *id,
                data: [("subject".to_owned(), session.subject_id.clone().into())].into_iter().collect(),
                // The platform's clock has judged it already; tower-sessions must not judge it again by another.
                expiry_date: time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(365 * 200),
            });
            if let Ok(mut found) = self.found.lock() {
                *found = session;
            }
            Ok(record)
        })
    }

    /// A session ends where the platform ends it, together with what is written of that.
    fn delete<'a: 'f, 'b: 'f, 'f>(&'a self, _id: &'b Id) -> Stored<'f, ()> {
        Box::pin(async { Ok(()) })
    }
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.log_text())
}
