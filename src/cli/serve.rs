//! `neo serve` and `neo work`, and the log they write.

use secrecy::ExposeSecret;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::Session;
use crate::config::{Settings, variable};
use crate::error::Result;
use crate::{Platform, admins, audit, descriptors, lookout, notices, retention, runs, traces};

/// The console and API, with a worker
///
/// DATABASE_URL, DB_ENCRYPTION_KEY and DB_ENCRYPTION_KEYS_OLD come from the environment or a .env in the working directory,
/// never from arguments. RUST_LOG chooses what is logged (default: info).
#[derive(clap::Args)]
pub struct Serve {
    /// Tasks this process works on at once, over all runs; 0 is the console alone, which leaves the runs to `neo work` and
    /// other replicas (on PostgreSQL) and to the commands that start them. Each run's own limits hold beside it.
    #[arg(long, value_name = "N", default_value_t = HANDS)]
    workers: u16,
}

/// Tasks at once, unless told otherwise.
const HANDS: u16 = 32;

/// A worker without the console
#[derive(clap::Args)]
pub struct Work {
    /// Tasks this process works on at once, over all runs; each run's own limits hold beside it.
    #[arg(long, value_name = "N", default_value_t = HANDS, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
}

impl Serve {
    pub async fn run(self, session: &Session) -> Result<u8> {
        descriptors::raise();
        let platform = session.open().await?;
        let _place = platform.central.take_place()?;
        (session.outside.measure)(platform.clone()).await?;
        if admins::none_yet(&platform).await? {
            let token = admins::new_setup_token(&platform).await?;
            let origin = platform.config.central_origin();
            session.printer.say(format!(
                "No admin yet. Create the first superadmin here (the link works once, for 30 minutes; the one of an earlier start does not any more):\n  \
                 {origin}/setup?token={}",
                token.expose_secret()
            ));
        }
        ending(session, &platform, (session.outside.serve)(platform.clone(), self.workers)).await
    }
}

impl Work {
    pub async fn run(self, session: &Session) -> Result<u8> {
        descriptors::raise();
        let platform = session.open().await?;
        let _place = platform.central.take_place()?;
        (session.outside.measure)(platform.clone()).await?;
        session.printer.say("Working. Ctrl-C ends it after what is in a transaction.");
        let service = async {
            let work = async {
                let worked = runs::work(&platform, self.workers.into()).await;
                // The others end with it, however it has ended, and before the central database is closed.
                platform.shutdown.cancel();
                worked
            };
            let sending = notices::keep_sending(&platform, (session.outside.post)());
            tokio::join!(work, sending, lookout::keep(&platform), retention::keep(&platform)).0
        };
        ending(session, &platform, service).await
    }
}

/// Runs `service` until it ends by itself or has ended in order after a signal.
async fn ending(session: &Session, platform: &Platform, service: impl Future<Output = Result<()>>) -> Result<u8> {
    let stop = tokio::spawn({
        let (signals, platform) = (session.signals.clone(), platform.clone());
        async move {
            signals.received().await;
            platform.shutdown.cancel();
        }
    });
    let outcome = service.await;
    stop.abort();
    platform.shutdown.cancel();
    if let Err(error) = audit::keep_head(platform).await {
        tracing::error!("the audit's head is not kept: {}", error.log_text());
    }
    platform.central.close().await;
    outcome.map(|()| session.signals.code().unwrap_or_default())
}

/// What takes in what is said and what is traced.
pub type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sets the log up, on standard error. Commands that end soon say what is wrong themselves: they log only when `RUST_LOG` asks.
/// Spans go to `spans` alone, and are no part of what is said.
pub fn log(settings: &Settings, is_service: bool, spans: Option<BoxedLayer>) {
    let quiet = if is_service { "info,sqlx=warn,hyper=warn" } else { "off" };
    let filter =
        variable("RUST_LOG").and_then(|text| EnvFilter::try_new(text).ok()).unwrap_or_else(|| EnvFilter::new(quiet));
    let is_json = settings.log_format == "json";
    let with_colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // One filter before all: with one for each layer some of what is said was lost. What nobody collects is no span at all.
    let traced = format!("{}={}", traces::TARGET, if spans.is_some() { "info" } else { "off" });
    // What a tenant's own code says (raise notice, raise warning) is of any length, in any form, and nobody's: whatever is asked for.
    let filter = [traced.as_str(), "sqlx::postgres::notice=off"]
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let spans = spans.map(|spans| spans.with_filter(filter_fn(|metadata| metadata.target() == traces::TARGET)));
    let said = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let all = tracing_subscriber::registry().with(spans).with(filter);
    // A second subscriber (tests in one process) is refused; the first one stays.
    let _ = match is_json {
        true => all.with(said.json().with_current_span(false).with_span_list(false)).try_init(),
        false => all.with(said.with_ansi(with_colours)).try_init(),
    };
}
