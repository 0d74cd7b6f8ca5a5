//! The door: who is asking and on what terms. Host, origin, session, limits and headers; it knows no page.

pub mod address;
pub mod connections;
pub mod direction;
pub mod headers;
pub mod health;
mod here;
pub mod host;
pub mod limits;
pub mod origin;
pub mod pace;
pub mod program;
pub mod session;
mod streams;
pub mod visit;
pub mod watcher;

use std::sync::Arc;

use neo::Platform;
use neo::oidc::Web;

use limits::Limits;

pub use here::Door;

/// What was asked for, as the router knows it and as it is measured: a route or a function, and never a path as somebody typed it.
#[derive(Clone)]
pub struct Asked(pub String);

/// What every handler can reach.
#[derive(Clone)]
pub struct AppState {
    pub platform: Platform,
    pub hosts: Arc<host::Hosts>,
    pub streams: streams::Streams,
    pub limits: Limits,
    /// How an identity provider is asked.
    pub web: Arc<dyn Web>,
}

impl AppState {
    pub fn new(platform: Platform, limits: Limits, web: Arc<dyn Web>) -> Self {
        Self { platform, hosts: Arc::default(), streams: streams::Streams::default(), limits, web }
    }

    pub fn origin(&self, label: &str) -> String {
        self.platform.config.origin(label)
    }
}
