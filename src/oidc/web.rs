//! The way to the provider. HTTP is the console's to speak: it hands in what sends a request.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use openidconnect::AsyncHttpClient;
use openidconnect::http::header::DATE;
pub use openidconnect::{HttpRequest as Request, HttpResponse as Response};
use url::Url;

use crate::config::{Oidc, is_this_machine};

/// So much of an answer is taken in: more than a provider's keys, or what it says of itself.
pub const ANSWER: usize = 512 << 10;

/// How long it has for one answer.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// What sends a request. It follows no redirect, and takes in [`ANSWER`] bytes at most: what is longer is none.
#[async_trait]
pub trait Web: Send + Sync {
    async fn send(&self, request: Request) -> Result<Response, Unreached>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreached(pub String);

/// Asks one provider: over TLS, or in the open where it is on this machine and named so.
pub(super) struct Asker<'a> {
    web: &'a dyn Web,
    in_the_open: bool,
    last: Mutex<(String, Option<String>)>,
}

impl<'a> Asker<'a> {
    pub fn of(oidc: &Oidc, web: &'a dyn Web) -> Self {
        Self { web, in_the_open: oidc.issuer.starts_with("http:"), last: Mutex::default() }
    }

    /// What was asked last, and what time the answer says that it is there.
    pub fn last(&self) -> (String, Option<String>) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether what the provider names is asked, or led to.
    pub fn goes_to(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.in_the_open && url.host().is_some_and(|host| is_this_machine(&host)),
            _ => false,
        }
    }

    pub async fn ask(&self, request: Request) -> Result<Response, Unreached> {
        let url = Url::parse(&request.uri().to_string()).map_err(|error| Unreached(error.to_string()))?;
        let note = |date| *self.last.lock().unwrap_or_else(PoisonError::into_inner) = (url.to_string(), date);
        note(None);
        if !self.goes_to(&url) {
            return Err(Unreached("what it names is not https".into()));
        }
        match tokio::time::timeout(PATIENCE, self.web.send(request)).await {
            Ok(answered) => answered.inspect(|answer| {
                note(answer.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned));
            }),
            Err(_) => Err(Unreached(format!("nothing came within {} s", PATIENCE.as_secs()))),
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Asker<'_> {
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Unreached>> + Send + 'c>>;

    fn call(&'c self, request: Request) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
