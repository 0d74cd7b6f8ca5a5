//! The server: everything of the console that is not a page.
//!
//! # How a page is added
//!
//! A feature is a room of `app/src/` with `pub fn routes() -> axum::Router<AppState>`, merged in [`router`]'s `central()`.
//!
//! ```ignore
//! pub fn routes() -> Router<AppState> {
//!     Router::new().route("/tenants/{slug}", get(show)).route("/tenants/{slug}/name", post(rename))
//! }
//!
//! // A page: who asks, one service, one view. `?` turns every platform error into its page (404 with what comes close, 403
//! // with the reason, …); `Signed` lets nobody in who is not signed in (a browser is led to the sign-in and back).
//! async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
//!     let tenant = neo::tenants::find(&app.platform, &signed.actor, &slug).await?;
//!     Ok(overview(&signed, tenant, Form::empty()).await)
//! }
//!
//! async fn overview(signed: &Signed, tenant: Tenant, form: Form) -> Response {
//!     let page = Page::new(Nav::Tenants, tenant.name.clone()).under("Tenants", "/tenants").form(&form);
//!     render::page(signed, page, move || view! { <h1>{tenant.name}</h1> {form.summary()} … }).await
//! }
//!
//! // An act: one service, then away (303). What the person can mend shows the same page again (422), typed values kept.
//! async fn rename(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
//!     match neo::tenants::rename(&app.platform, &signed.actor, &slug, form.text("name")).await {
//!         Ok(tenant) => Ok(render::see_other(&format!("/tenants/{}", tenant.slug))),
//!         Err(error) => {
//!             let form = form.refuse(error)?;
//!             let tenant = neo::tenants::find(&app.platform, &signed.actor, &slug).await?;
//!             Ok(overview(&signed, tenant, form).await)
//!         }
//!     }
//! }
//! ```
//!
//! The page of a form for a weighty act asks `signed.actor.recently_signed_in()?` before it shows, so that nobody types for
//! nothing: the person proves their password and comes back to it. An act that finds the sign-in too old leads there too, and
//! back to the page that sent it.
//!
//! Host, origin, session, headers, body limit, patience and panics are seen to by the door in [`router`]; a handler need not
//! (and cannot) forget them.

pub mod assets;
pub mod errors;
pub mod events;
pub mod forms;
pub mod headers;
pub mod health;
pub mod host;
pub mod origin;
pub mod render;
pub mod router;
pub mod search;
pub mod session;
pub mod visit;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use neo::Platform;
use neo::error::Error;

pub use router::router;

/// What every handler can reach.
#[derive(Clone)]
pub struct AppState {
    pub platform: Platform,
    hosts: Arc<host::Hosts>,
}

impl AppState {
    fn new(platform: Platform) -> Self {
        Self { platform, hosts: Arc::default() }
    }

    fn origin(&self, label: &str) -> String {
        self.platform.config.origin(label)
    }
}

/// Serves the console until the platform shuts down (or SIGTERM, SIGINT), and works the runs beside it.
pub async fn serve(platform: Platform) -> neo::Result<()> {
    let address = platform.config.listen;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| {
        Error::config(format!("cannot listen on {address}")).cause(e.to_string()).hint("set LISTEN to a free address")
    })?;
    eprintln!("Neo listens on {}", platform.config.central_origin());
    if neo::admins::none_yet(&platform).await? {
        offer_setup(&platform).await?;
    }

    let worker = tokio::spawn({
        let platform = platform.clone();
        async move { neo::runs::work(&platform).await }
    });
    tokio::spawn(sweep(platform.clone()));
    tokio::spawn(stop_on_signal(platform.clone()));

    let shutdown = platform.shutdown.clone();
    let service = router(platform.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { shutdown.cancelled().await });
    // Streams end by themselves on shutdown; whoever holds a connection open longer is cut off.
    let patience = platform.shutdown.clone();
    tokio::select! {
        outcome = async { serving.await } => outcome.map_err(Error::internal)?,
        () = async { patience.cancelled().await; tokio::time::sleep(Duration::from_secs(10)).await } => {}
    }
    platform.shutdown.cancel();
    match tokio::time::timeout(Duration::from_secs(20), worker).await {
        Ok(Ok(outcome)) => outcome?,
        Ok(Err(panic)) => return Err(Error::internal(panic)),
        Err(_) => tracing::warn!("the worker did not finish in time; its tasks will be taken back by the next one"),
    }
    platform.central.close().await;
    Ok(())
}

/// There is nobody who could sign in: whoever sees this terminal may become the first superadmin.
async fn offer_setup(platform: &Platform) -> neo::Result<()> {
    use secrecy::ExposeSecret;
    let token = neo::admins::new_setup_token(platform).await?;
    let link = format!("{}/setup?token={}", platform.config.central_origin(), token.expose_secret());
    eprintln!("No admin yet. Create the first superadmin here (once, within 30 minutes):\n  {link}");
    Ok(())
}

async fn sweep(platform: Platform) {
    let mut every = tokio::time::interval(Duration::from_secs(10 * 60));
    loop {
        tokio::select! {
            () = platform.shutdown.cancelled() => return,
            _ = every.tick() => if let Err(error) = neo::sessions::sweep(&platform).await {
                tracing::warn!("ended sessions could not be swept: {}", error.log_text());
            }
        }
    }
}

async fn stop_on_signal(platform: Platform) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
            tracing::warn!("signals cannot be listened to; only a kill will stop this process");
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            () = platform.shutdown.cancelled() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.ok();
    platform.shutdown.cancel();
}
