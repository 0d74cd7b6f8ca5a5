//! `neo serve` and `neo work`, and the log they write.

use tracing_subscriber::EnvFilter;

use super::Session;
use crate::config::{Settings, variable};
use crate::error::Result;
use crate::{Platform, runs};

/// Serves the console. It works queued runs as well, unless told to leave them to others.
///
/// DATABASE_URL, DB_ENCRYPTION_KEY and DB_ENCRYPTION_KEYS_OLD come from the environment or a .env in the working directory,
/// never from arguments. RUST_LOG chooses what is logged (default: info).
#[derive(clap::Args)]
pub struct Serve {
    /// Workers beside the console; 0 leaves the runs to `neo work` and to the commands that start them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: u16,
}

/// What `neo serve` asks of the console's server beyond the settings.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// How many workers ([`runs::work`]) to run beside the console.
    pub workers: u16,
}

impl Serve {
    pub async fn run<F>(self, session: &Session, serve: impl FnOnce(Platform, ServeOptions) -> F) -> Result<u8>
    where
        F: Future<Output = Result<()>>,
    {
        let platform = session.open().await?;
        ending(session, &platform, serve(platform.clone(), ServeOptions { workers: self.workers })).await
    }
}

pub async fn work(session: &Session) -> Result<u8> {
    let platform = session.open().await?;
    session.printer.say("Working. Ctrl-C ends it after what is in a transaction.");
    ending(session, &platform, runs::work(&platform)).await
}

/// Runs `service` until it ends by itself or has ended in order after a signal.
async fn ending(session: &Session, platform: &Platform, service: impl Future<Output = Result<()>>) -> Result<u8> {
    let stop = async {
        session.signals.received().await;
        platform.shutdown.cancel();
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = service => outcome,
        () = stop => Ok(()),
    };
    platform.shutdown.cancel();
    platform.central.close().await;
    outcome.map(|()| session.signals.code().unwrap_or_default())
}

/// Sets the log up, on standard error. Commands that end soon say what is wrong themselves: they log only when `RUST_LOG` asks.
pub fn log(settings: &Settings, is_service: bool) {
    let quiet = if is_service { "info,sqlx=warn,hyper=warn" } else { "off" };
    let filter = variable("RUST_LOG").and_then(|text| EnvFilter::try_new(text).ok()).unwrap_or_else(|| EnvFilter::new(quiet));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second subscriber (tests in one process) is refused; the first one stays.
    let _ = match settings.log_format.as_str() {
        "json" => builder.json().try_init(),
        _ => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
    };
}
