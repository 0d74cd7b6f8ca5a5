//! How the platform asks over HTTP: an identity provider, a collector of traces; within bounds.

use std::sync::Arc;

use async_trait::async_trait;
use neo::oidc::{ANSWER, PATIENCE, Request, Response, Unreached, Web};
use tokio::sync::OnceCell;
use url::Url;

use crate::far::{body, way};

/// Made when it is first needed: reading the machine's authorities takes a moment.
#[derive(Clone, Default)]
pub struct Http(Arc<OnceCell<reqwest::Client>>);

#[async_trait]
impl Web for Http {
    async fn send(&self, request: Request) -> Result<Response, Unreached> {
        let (parts, sent) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| Unreached(error.to_string()))?;
        let client = self.0.get_or_try_init(async || client(&url)).await?;
        let asked = client.request(parts.method, url).headers(parts.headers).body(sent);
        let said = |error: reqwest::Error| Unreached(chain(&error.without_url()));
        let answer = asked.send().await.map_err(said)?;
        let mut response = Response::new(Vec::new());
        (*response.status_mut(), *response.headers_mut()) = (answer.status(), answer.headers().clone());
        match body::read(answer, ANSWER).await.map_err(said)? {
            (whole, true) => *response.body_mut() = whole,
            (_, false) => return Err(Unreached(format!("more than {ANSWER} bytes came"))),
        }
        Ok(response)
    }
}

fn client(url: &Url) -> Result<reqwest::Client, Unreached> {
    let builder = way::open(url).map_err(|error| Unreached(error.log_text()))?;
    builder.timeout(PATIENCE).build().map_err(|error| Unreached(error.to_string()))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
