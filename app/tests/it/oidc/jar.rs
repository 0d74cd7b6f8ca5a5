//! A browser that keeps all its cookies, and goes on where a page leads it to.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use neo::Platform;

use super::provider::Provider;
use crate::console::browser::{Browser, Page};

#[derive(Clone)]
pub struct Jar {
    browser: Browser,
    pub cookies: BTreeMap<String, String>,
    /// Where it comes from; from nowhere unless it is said.
    address: Option<[u8; 4]>,
}

impl Jar {
    pub fn at(platform: &Platform) -> Self {
        Self::of(platform, "central.localhost:3000")
    }

    pub fn of(platform: &Platform, host: &str) -> Self {
        Self { browser: Browser::at(platform, host), cookies: BTreeMap::new(), address: None }
    }

    pub fn from(self, address: [u8; 4]) -> Self {
        Self { address: Some(address), ..self }
    }

    async fn send(&mut self, method: &str, path: &str, site: &str, body: Option<String>) -> Page {
        // What is Strict does not come along from another site.
        let is_ours = site == "same-origin";
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.browser.cookie = (is_ours && !pairs.is_empty()).then(|| pairs.join("; "));
        let request = self.browser.request(method, path).header("sec-fetch-site", site);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4711))));
        }
        let page = self.browser.send(request).await;
        for cookie in page.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let is_shut = cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict");
            assert!(value.is_empty() || is_shut, "{cookie}");
            match value {
                "" => drop(self.cookies.remove(name)),
                value => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        page
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, "same-origin", None).await
    }

    /// From a page of another site.
    pub async fn come(&mut self, path: &str) -> Page {
        self.send("GET", path, "cross-site", None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send("POST", path, "same-origin", Some(body.finish())).await
    }

    /// Presses the button; the address at the provider.
    pub async fn leaves(&mut self) -> String {
        let page = self.post("/sign-in/provider", &[("next", "/runs")]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(!page.text.contains("<script"), "{}", page.text);
        onward(&page)
    }

    /// Comes back with this; what the page says that it was led to.
    pub async fn returns(&mut self, said: &[(String, String)]) -> Page {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
        let landed = self.come(&format!("/sign-in/provider/callback?{query}")).await;
        assert_eq!(landed.status, StatusCode::OK, "{}", landed.text);
        assert!(landed.headers.get(header::SET_COOKIE).is_none(), "nothing is done there");
        self.get(&onward(&landed)).await
    }

    /// All of it.
    pub async fn signs_in(&mut self, provider: &Provider) -> Page {
        let url = self.leaves().await;
        self.returns(&provider.sign_in(&url)).await
    }

    pub async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }
}

/// Where a page leads to by itself.
pub fn onward(page: &Page) -> String {
    let (_, rest) = page.text.split_once("content=\"0; url=").unwrap_or_else(|| panic!("it leads on: {}", page.text));
    rest.split('"').next().unwrap().replace("&amp;", "&")
}
