//! The server: everything of the console that is not a page.
//!
//! # How a page is added
//!
//! A feature is a room of `app/src/rooms/` with `pub fn pages() -> Vec<Route>`, named in `rooms::pages()`: that table is the router, and what
//! the test of roles walks. A row says whom it is for, and nobody else gets as far as the handler.
//!
//! ```ignore
//! pub fn pages() -> Vec<Route> {
//!     vec![
//!         Route::get("/tenants/{slug}", Permission::View, show),
//!         Route::post("/tenants/{slug}/name", Permission::EditTenants, rename),
//!     ]
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
//! async fn rename(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, typed: Typed<Name>) -> Answer {
//!     match typed.hand_to(|Name(name)| acts::edit(&door, &slug, &Edit { name: Some(name), ..Edit::default() })).await? {
//!         Ok(tenant) => Ok(render::see_other(&links::one(&tenant.slug))),
//!         Err(form) => {
//!             let tenant = neo::tenants::find(&app.platform, &signed.actor, &slug).await?;
//!             Ok(overview(&signed, tenant, form).await)
//!         }
//!     }
//! }
//! ```
//!
//! The page of a form for a weighty act is for whoever may that act, so that nobody types for nothing: the person proves their password and
//! comes back to it. An act that finds the sign-in too old leads there too, and back to the page that sent it.
//!
//! Host, origin, session, headers, body limit, patience and panics are seen to by the door in [`router`]; a handler need not
//! (and cannot) forget them.

use std::time::Duration;

use futures::future::BoxFuture;
use neo::Platform;
use neo::error::{Advice, Error};
use tokio::task::JoinSet;

use crate::door::connections;
use crate::door::limits::Limits;
pub use crate::router::{router, router_within};

/// Serves the console until the platform shuts down, working on this many tasks of runs at once beside it. The caller cancels
/// `platform.shutdown` on a signal; streams end by it, requests under way are finished.
pub fn serve(platform: Platform, workers: u16) -> BoxFuture<'static, neo::Result<()>> {
    Box::pin(console(platform, workers))
}

async fn console(platform: Platform, workers: u16) -> neo::Result<()> {
    let address = platform.config.listen;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| {
        Error::config(format!("cannot listen on {address}"))
            .cause(e.to_string())
            .hint(Advice::operator("set LISTEN to a free address"))
    })?;
    tracing::info!("the console is at {}", platform.config.central_origin());
    let mut work = JoinSet::new();
    if workers > 0 {
        let platform = platform.clone();
        work.spawn(async move { neo::runs::work(&platform, workers.into()).await });
    }
    let upkeep = tokio::spawn({
        let platform = platform.clone();
        async move { neo::retention::keep(&platform).await }
    });
    let sender = tokio::spawn({
        let platform = platform.clone();
        async move { tokio::join!(neo::notices::keep_sending(&platform, crate::web::post()), neo::lookout::keep(&platform)) }
    });
    answer(listener, &platform).await;
    platform.shutdown.cancel();
    upkeep.await.ok();
    let ended = async {
        let mut ended = Ok(());
        while let Some(worker) = work.join_next().await {
            ended = ended.and(worker.map_err(Error::internal).flatten());
        }
        sender.await.ok();
        ended
    };
    match tokio::time::timeout(LEAVE_WORK, ended).await {
        Ok(ended) => ended,
        Err(_) => {
            tracing::warn!("a worker did not finish in time; its tasks will be taken back by the next one");
            Ok(())
        }
    }
}

/// How long connections, and then workers, may take to end.
const LEAVE: Duration = Duration::from_secs(5);
const LEAVE_WORK: Duration = Duration::from_secs(25);

/// Answers whoever connects, until the platform shuts down and for so long afterwards as connections may take to end.
async fn answer(listener: tokio::net::TcpListener, platform: &Platform) {
    let limits = Limits::of_this_process();
    let app = router_within(platform.clone(), limits);
    let stop = platform.shutdown.clone();
    tokio::select! {
        () = connections::serve(listener, app, &platform.config, limits, stop.clone()) => {}
        () = async { stop.cancelled().await; tokio::time::sleep(connections::notice(&platform.config) + LEAVE).await } => {}
    }
}
