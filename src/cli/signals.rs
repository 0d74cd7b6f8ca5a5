//! Ctrl-C and its like: once asks to end in order, twice ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

const INTERRUPT: u8 = 130;
const TERMINATE: u8 = 143;

#[derive(Clone, Default)]
pub struct Signals {
    token: CancellationToken,
    code: Arc<AtomicU8>,
}

impl Signals {
    /// Begins to listen. From here on a signal no longer ends the process by itself.
    pub fn listen() -> Result<Self> {
        let signals = Self::default();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
        let heard = signals.clone();
        tokio::spawn(async move {
            loop {
                let code = tokio::select! {
                    _ = interrupt.recv() => INTERRUPT,
                    _ = terminate.recv() => TERMINATE,
                };
                if heard.token.is_cancelled() {
                    std::process::exit(code.into());
                }
                heard.code.store(code, Ordering::Relaxed);
                heard.token.cancel();
            }
        });
        Ok(signals)
    }

    /// Waits for the first signal and answers the exit code that goes with it.
    pub async fn received(&self) -> u8 {
        self.token.cancelled().await;
        self.code.load(Ordering::Relaxed)
    }

    /// The exit code of the signal that came, if one did.
    pub fn code(&self) -> Option<u8> {
        self.token.is_cancelled().then(|| self.code.load(Ordering::Relaxed))
    }
}
