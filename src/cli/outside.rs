//! What the executable brings along to the command line.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::runtime::Handle;

use super::afar::Remote;
use super::central::Central;
use super::serve::BoxedLayer;
use crate::Platform;
use crate::error::Result;
use crate::notices::Post;
use crate::oidc::Web;

/// What takes the spans of traces in, and sends the last of them when the program ends.
pub struct Spans {
    pub layer: BoxedLayer,
    pub end: Box<dyn FnOnce() + Send>,
}

/// What the executable brings along: the platform knows nothing of HTTP.
#[derive(Clone, Copy)]
pub struct Outside {
    /// The console's server, given how many tasks to work on beside it. A pointer, as all of these: what is generic over them
    /// would be compiled once more with the executable, every command of it.
    pub serve: fn(Platform, u16) -> BoxFuture<'static, Result<()>>,
    /// Asks a console elsewhere for what a command needs.
    pub far: fn(Remote) -> Result<Arc<dyn Central>>,
    /// Asks an identity provider.
    pub web: fn() -> Arc<dyn Web>,
    /// Posts to channels.
    pub post: fn() -> Arc<dyn Post>,
    /// Describes the functions of the console.
    pub document: fn() -> String,
    /// Begins to collect traces at this address, under this name.
    pub trace: fn(&str, &str, &Handle) -> Result<Spans>,
    /// Opens the address at which measures are collected, and answers there until the platform shuts down.
    pub measure: fn(Platform) -> BoxFuture<'static, Result<()>>,
}
