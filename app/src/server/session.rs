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

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use neo::Platform;
use neo::error::Error;
use neo::sessions::{self, Audience, Session, SignedIn};
use secrecy::ExposeSecret;
use tower::{Layer, Service};
use tower_sessions::session::{Id, Record};
use tower_sessions::{SessionManagerLayer, SessionStore, session_store};

use super::visit::Visit;

/// Under this name the record says whose a new session will be; it is gone once the row exists.
const NEWCOMER: &str = "newcomer";

/// Over plain http a `__Host-` cookie (which must be Secure) would not come back, so the local mode has a name of its own.
pub fn cookie_name(local: bool) -> &'static str {
    if local { "neo_dev" } else { "__Host-neo" }
}

/// Finds the session of a request and lets it through with a [`Visit`] that knows it.
pub async fn layer(platform: Platform, mut request: Request, next: Next, visit: Visit) -> Response {
    let local = platform.config.is_local();
    let store = Store {
        platform,
        audience: visit.audience(),
        address: visit.address.clone(),
        user_agent: visit.user_agent.clone(),
        found: Arc::default(),
    };
    let found = store.found.clone();
    let layer = SessionManagerLayer::new(store)
        .with_name(Cow::Borrowed(cookie_name(local)))
        .with_secure(!local)
        .with_http_only(true)
        .with_same_site(tower_sessions::cookie::SameSite::Strict)
        .with_path("/");
    request.extensions_mut().insert(visit);
    let inner = Knowing { next, found };
    let mut response = match layer.layer(inner).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if !local {
        secure_removal(response.headers_mut());
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

/// Gives the person a session under a new id; one they had is over.
pub async fn begin(session: &tower_sessions::Session, who: &SignedIn) -> neo::Result<()> {
    if session.id().is_some() {
        session.cycle_id().await.map_err(Error::internal)?;
    }
    session.insert(NEWCOMER, who).await.map_err(Error::internal)?;
    session
        .save()
        .await
        .map_err(|e| Error::unavailable("the session could not be kept").hint("try again in a moment").source(e))
}

/// Ends the session of this request.
pub async fn end(session: &tower_sessions::Session) -> neo::Result<()> {
    session.flush().await.map_err(Error::internal)
}

/// What is innermost: the session is read once, before the route, and put into the visit.
#[derive(Clone)]
struct Knowing {
    next: Next,
    found: Arc<Mutex<Option<Session>>>,
}

impl Service<Request> for Knowing {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Self { next, found } = self.clone();
        Box::pin(async move {
            let Some(visit) = request.extensions().get::<Visit>().cloned() else { return Ok(next.run(request).await) };
            let visit = match request.extensions().get::<tower_sessions::Session>().cloned() {
                // The value is not in the record but beside it, so any name makes the store look.
                Some(session) => match session.get_value(NEWCOMER).await {
                    Ok(_) => visit.with_session(found.lock().ok().and_then(|found| found.clone())),
                    Err(error) => return Ok(super::errors::finish(&visit, unavailable(error)).await),
                },
                None => visit,
            };
            request.extensions_mut().insert(visit.clone());
            Ok(super::errors::finish(&visit, next.run(request).await).await)
        })
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
    address: Option<String>,
    user_agent: Option<String>,
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
    fn create<'a: 'f, 'b: 'f, 'f>(&'a self, record: &'b mut Record) -> Stored<'f, ()> {
        Box::pin(async move {
            let newcomer = record
                .data
                .remove(NEWCOMER)
                .ok_or_else(|| session_store::Error::Encode("a session is for somebody".into()))?;
            let who: SignedIn =
                serde_json::from_value(newcomer).map_err(|e| session_store::Error::Encode(e.to_string()))?;
            let (address, user_agent) = (self.address.as_deref(), self.user_agent.as_deref());
            let id =
                sessions::begin(&self.platform, &self.audience, &who, address, user_agent).await.map_err(backend)?;
            record.id = id
                .expose_secret()
                .parse::<Id>()
                .map_err(|_| session_store::Error::Encode("not an id of 16 bytes".into()))?;
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

    fn delete<'a: 'f, 'b: 'f, 'f>(&'a self, id: &'b Id) -> Stored<'f, ()> {
        Box::pin(async move { sessions::end(&self.platform, &id.to_string()).await.map_err(backend) })
    }
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.log_text())
}
