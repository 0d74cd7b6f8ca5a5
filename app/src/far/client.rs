//! Calls of a console's functions, over HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use leptos::server_fn::axum::AxumServerFnBackend;
use leptos::server_fn::{Protocol, ServerFn};
use neo::cli::Remote;
use neo::error::{Error, Kind, Result};
use reqwest::Response;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::refusal;
use crate::call::{BESIDE, Problem};
use crate::web::{body, way};

/// The first wait before what may be asked again is; each is twice the one before, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
/// How long a console that has answered before is waited for; one that never has gets a second chance, and no more.
const PATIENCE: Duration = Duration::from_secs(120);
const CHANCE: Duration = Duration::from_millis(500);
/// How long it may be silent: longer than it takes for a function, and than it is while a run is followed.
const SILENCE: Duration = Duration::from_secs(60);
/// The same while it asks every server that there is, of which each may keep it waiting.
const LONG_SILENCE: Duration = Duration::from_secs(600);

pub struct Client {
    http: reqwest::Client,
    url: Url,
    address: String,
    headers: HeaderMap,
    has_answered: AtomicBool,
}

/// The arguments of a server function.
pub trait Arguments:
    ServerFn<
        Server = AxumServerFnBackend,
        Error = Problem,
        InputStreamError = Problem,
        OutputStreamError = Problem,
        Output: DeserializeOwned,
    > + Serialize
{
}

impl<F> Arguments for F where
    F: ServerFn<
            Server = AxumServerFnBackend,
            Error = Problem,
            InputStreamError = Problem,
            OutputStreamError = Problem,
            Output: DeserializeOwned,
        > + Serialize
{
}

/// A call that can be sent more than once.
struct Asked {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    key: Option<HeaderValue>,
    /// Asking again does nothing twice.
    is_repeatable: bool,
}

impl Client {
    pub fn new(remote: Remote) -> Result<Self> {
        let mut token = HeaderValue::from_str(&format!("Bearer {}", remote.token.expose_secret()))
            .map_err(|_| Error::config("NEO_TOKEN is no token"))?;
        token.set_sensitive(true);
        let accept = HeaderValue::from_static("application/json");
        let headers = [(header::AUTHORIZATION, token), (header::ACCEPT, accept)].into_iter().collect();
        let address = remote.url.origin().ascii_serialization();
        Ok(Self {
            http: way::to(&remote.url, SILENCE)?,
            url: remote.url,
            address,
            headers,
            has_answered: AtomicBool::new(false),
        })
    }

    /// The same console, which may take its time.
    pub fn unhurried(&self) -> Result<Self> {
        Ok(Self {
            http: way::to(&self.url, LONG_SILENCE)?,
            url: self.url.clone(),
            address: self.address.clone(),
            headers: self.headers.clone(),
            has_answered: AtomicBool::new(self.has_answered.load(Ordering::Relaxed)),
        })
    }

    /// The console's origin.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Calls the function that has these arguments. What reads is asked again while the console is away for a moment.
    pub async fn call<F: Arguments>(&self, arguments: F) -> Result<F::Output> {
        let asked = self.asked(arguments)?;
        self.answer(F::PATH, self.patiently(&asked).await?).await
    }

    /// The same, sent this once.
    pub async fn call_now<F: Arguments>(&self, arguments: F) -> Result<F::Output> {
        let asked = self.asked(arguments)?;
        self.answer(F::PATH, self.send(&asked).await?).await
    }

    /// The same with a key of its own: so the function does once what it is asked for, however often that is sent.
    pub async fn call_once<F: Arguments>(&self, arguments: F) -> Result<F::Output> {
        let key = HeaderValue::from_str(&format!("neo-{}", neo::id::new())).map_err(Error::internal)?;
        let asked = Asked { key: Some(key), is_repeatable: true, ..self.asked(arguments)? };
        self.answer(F::PATH, self.patiently(&asked).await?).await
    }

    /// A run's events after this number, as they come.
    pub async fn stream(&self, run: i64, after: i64) -> Result<Response> {
        let mut url = self.url.clone();
        url.set_path(BESIDE[0]);
        url.query_pairs_mut().append_pair("run", &run.to_string()).append_pair("after", &after.to_string());
        self.send(&Asked { method: Method::GET, url, body: None, key: None, is_repeatable: true }).await
    }

    /// What comes as a file, as it comes.
    pub async fn download(&self, path: &str, said: &[(String, String)]) -> Result<Response> {
        let mut url = self.url.clone();
        url.set_path(path);
        url.query_pairs_mut().extend_pairs(said);
        self.send(&Asked { method: Method::GET, url, body: None, key: None, is_repeatable: false }).await
    }

    fn asked<F: Arguments>(&self, arguments: F) -> Result<Asked> {
        let method = F::Protocol::METHOD;
        let mut url = self.url.clone();
        url.set_path(F::PATH);
        let arguments = serde_json::to_value(arguments).map_err(Error::internal)?;
        let is_repeatable = method == Method::GET;
        let body = if is_repeatable {
            query(&mut url, &arguments);
            None
        } else {
            Some(serde_json::to_vec(&arguments).map_err(Error::internal)?)
        };
        Ok(Asked { method, url, body, key: None, is_repeatable })
    }

    async fn answer<T: DeserializeOwned>(&self, path: &str, response: Response) -> Result<T> {
        match body::read(response, body::ANSWER).await.map_err(|e| refusal::unreached(e, &self.address))? {
            (body, true) => serde_json::from_slice(&body).map_err(|e| refusal::unread(path, &self.address, &e)),
            (_, false) => Err(refusal::unread(path, &self.address, &"it does not end")),
        }
    }

    /// Sends it, and again while that may help.
    async fn patiently(&self, asked: &Asked) -> Result<Response> {
        let began = Instant::now();
        let mut wait = FIRST;
        loop {
            let error = match self.send(asked).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            // Who asks too often was answered, and nothing was done: that may be asked again whatever it is.
            let is_throttled = error.kind == Kind::Throttled;
            let is_known = is_throttled || self.has_answered.load(Ordering::Relaxed);
            let (patience, pause) = (if is_known { PATIENCE } else { CHANCE }, pause(&error, wait));
            if !(asked.is_repeatable || is_throttled) || !passes(&error) || began.elapsed() + pause > patience {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            wait = longer(Some(wait));
        }
    }

    async fn send(&self, asked: &Asked) -> Result<Response> {
        let mut request = self.http.request(asked.method.clone(), asked.url.clone()).headers(self.headers.clone());
        if let Some(body) = &asked.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(key) = &asked.key {
            request = request.header(HeaderName::from_static("idempotency-key"), key.clone());
        }
        let response = request.send().await.map_err(|e| refusal::unreached(e.without_url(), &self.address))?;
        if response.status().is_success() {
            self.has_answered.store(true, Ordering::Relaxed);
            return Ok(response);
        }
        Err(refusal::of(response, &self.address).await)
    }
}

/// Whether it may be otherwise in a moment.
pub fn passes(error: &Error) -> bool {
    matches!(error.kind, Kind::Unavailable | Kind::Throttled)
}

/// As long as was asked for, or else as long as it is its turn.
pub fn pause(error: &Error, wait: Duration) -> Duration {
    error.retry_after.map_or(wait, |seconds| Duration::from_secs(seconds).max(wait))
}

/// The wait after this one.
pub fn longer(wait: Option<Duration>) -> Duration {
    wait.map_or(FIRST, |wait| (wait * 2).min(LONGEST))
}

/// What says nothing is left out.
fn query(url: &mut Url, arguments: &Value) {
    let said = arguments.as_object().into_iter().flatten().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name, text.clone())),
        other => Some((name, other.to_string())),
    });
    let said: Vec<_> = said.collect();
    if !said.is_empty() {
        url.query_pairs_mut().extend_pairs(said);
    }
}
