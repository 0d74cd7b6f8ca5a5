//! Ctrl-C and its like: once asks to end in order, twice to wait for nothing, a third time ends at once. Where nothing could be
//! cut short, the second time does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

const INTERRUPT: u8 = 130;
const TERMINATE: u8 = 143;

#[derive(Clone, Default)]
pub struct Signals {
    token: CancellationToken,
    again: CancellationToken,
    /// Somebody waits for the second signal.
    has_patience: Arc<AtomicBool>,
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
                    if heard.again.is_cancelled() || !heard.has_patience.load(Ordering::Relaxed) {
                        std::process::exit(code.into());
                    }
                    heard.again.cancel();
                    continue;
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

    /// Waits for the second signal. From here on only a third ends the process at once.
    pub async fn repeated(&self) {
        self.has_patience.store(true, Ordering::Relaxed);
        self.again.cancelled().await;
    }

    /// The exit code of the signal that came, if one did.
    pub fn code(&self) -> Option<u8> {
        self.token.is_cancelled().then(|| self.code.load(Ordering::Relaxed))
    }
}
