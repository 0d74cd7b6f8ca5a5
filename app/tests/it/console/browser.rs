//! A browser as far as the console can tell: it keeps cookies, names its host, says where a request comes from.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use neo::Platform;
use neo_app::query::Query;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub host: String,
    pub cookie: Option<String>,
}

pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    /// Without what is another every time, whoever asks.
    pub fn same(&self) -> String {
        let mut parts = self.text.split(" nonce=\"");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl Browser {
    pub fn at(platform: &Platform, host: &str) -> Self {
        Self { router: neo_app::server::router(platform.clone()), host: host.to_owned(), cookie: None }
    }

    pub fn stranger(&self) -> Self {
        Self { cookie: None, ..self.clone() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request("GET", path).header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self
            .request("POST", path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let fields: Query = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let body = fields.href("").trim_start_matches('?').to_owned();
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub async fn send(&mut self, request: Request<Body>) -> Page {
        let response = self.raw(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Page { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The answer with its body still open.
    pub async fn raw(&mut self, request: Request<Body>) -> Response<Body> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            match pair.split_once('=').unwrap() {
                ("neo_dev" | "__Host-neo", "") => self.cookie = None,
                ("neo_dev" | "__Host-neo", _) => self.cookie = Some(pair.to_owned()),
                ("neo_pending", "") => {
                    self.cookie = self.cookie.take().filter(|kept| !kept.starts_with("neo_pending="))
                }
                ("neo_pending", _) => self.cookie = Some(pair.to_owned()),
                _ => {}
            }
        }
        response
    }

    pub async fn sign_in(&mut self, email: &str) -> Page {
        self.post("/sign-in", &[("email", email), ("password", PASSWORD), ("next", "/")]).await
    }
}
