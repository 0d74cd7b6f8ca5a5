//! How the platform asks over HTTP: an identity provider, a collector of traces, the channels of notices; within bounds.

pub mod body;
pub mod way;

use std::sync::Arc;

use async_trait::async_trait;
use neo::notices::{self, Parcel, Post, Receipt};
use neo::oidc::{ANSWER, PATIENCE, Request, Response, Unreached, Web};
use neo::outside;
use reqwest::header::RETRY_AFTER;
use tokio::sync::OnceCell;
use url::Url;

/// Made when it is first needed: reading the machine's authorities takes a moment.
#[derive(Clone, Default)]
pub struct Http(Arc<OnceCell<reqwest::Client>>);

#[async_trait]
impl Web for Http {
    async fn send(&self, request: Request) -> Result<Response, Unreached> {
        let http = self.clone();
        outside::WEB.run(async move { http.ask(request).await }).await.map_err(Unreached).flatten()
    }
}

impl Http {
    async fn ask(&self, request: Request) -> Result<Response, Unreached> {
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

/// What asks an identity provider.
pub fn web() -> Arc<dyn Web> {
    Arc::new(Http::default())
}

/// What posts to channels.
pub fn post() -> Arc<dyn Post> {
    Arc::new(Postman)
}

/// Each parcel goes its own way: its receiver is asked where the platform has found it.
struct Postman;

#[async_trait]
impl Post for Postman {
    async fn post(&self, parcel: Parcel) -> Result<Receipt, notices::Unreached> {
        outside::WEB.run(Self::hand_over(parcel)).await.map_err(notices::Unreached).flatten()
    }
}

impl Postman {
    async fn hand_over(parcel: Parcel) -> Result<Receipt, notices::Unreached> {
        let said = |error: reqwest::Error| match error.is_timeout() {
            true => notices::Unreached(format!("nothing came within {} s", notices::PATIENCE.as_secs())),
            false => notices::Unreached(chain(&error.without_url())),
        };
        let Parcel { url, at, headers, body } = parcel;
        let mut builder = way::open(&url).map_err(|error| notices::Unreached(error.log_text()))?;
        if let Some(at) = at {
            builder = builder.no_proxy().resolve_to_addrs(url.host_str().unwrap_or_default(), &at);
        }
        let client = builder.timeout(notices::PATIENCE).build().map_err(said)?;
        let mut request = client.post(url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(said)?;
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // What is taken is taken, whatever is said of it. Why it is not may be cut short.
        let body = match status.is_success() {
            true => Vec::new(),
            false => body::read(answer, notices::ANSWER).await.map(|(body, _)| body).unwrap_or_default(),
        };
        Ok(Receipt { status: status.as_u16(), retry_after, body })
    }
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

#[cfg(test)]
mod tests {
    use neo::config::is_localhost;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_parcel_goes_where_its_receiver_was_found_whatever_its_name_leads_to_by_now() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let url = Url::parse(&format!("http://hooks.example.com:{}/x", at.port())).expect("a URL");
        assert!(!is_localhost("hooks.example.com"));
        let parcel = Parcel { url, at: Some(vec![at]), headers: vec![("webhook-id", "7".into())], body: "{}".into() };
        let receive = async {
            let (mut stream, _) = listener.accept().await.expect("a call");
            let mut head = vec![0; 4096];
            let n = stream.read(&mut head).await.expect("a request");
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("an answer");
            String::from_utf8_lossy(&head[..n]).into_owned()
        };
        let postman = post();
        let (receipt, head) = tokio::join!(postman.post(parcel), receive);
        assert_eq!(receipt.map(|receipt| receipt.status).map_err(|error| error.to_string()), Ok(204));
        assert!(head.contains("host: hooks.example.com:") && head.contains("webhook-id: 7"), "{head}");
    }
}
