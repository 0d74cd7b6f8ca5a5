//! The way to a receiver. HTTP is the console's to speak: it hands in what posts.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

/// So much of what a receiver answers is taken in, and only where it refuses.
pub const ANSWER: usize = 2 << 10;

/// How long a receiver has, from the first byte to the last.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What is posted. The address is a secret: no Debug.
pub struct Parcel {
    pub url: Url,
    /// Where the host is, as it was found and weighed: it is asked there and nowhere else, past every proxy. None: wherever the
    /// machine finds it.
    pub at: Option<Vec<SocketAddr>>,
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// What a receiver has answered.
pub struct Receipt {
    pub status: u16,
    /// `Retry-After`, as it came.
    pub retry_after: Option<String>,
    /// What it says, where it refuses, and no more than [`ANSWER`] bytes of it.
    pub body: Vec<u8>,
}

/// What posts. It follows no redirect, waits for [`PATIENCE`] at most, and takes in [`ANSWER`] bytes at most.
#[async_trait]
pub trait Post: Send + Sync {
    async fn post(&self, parcel: Parcel) -> Result<Receipt, Unreached>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreached(pub String);
