//! Where measures are collected (`METRICS_LISTEN`): an address of its own, which asks nobody who they are, since what it says names
//! nobody.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt;
use futures::future::BoxFuture;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use neo::Platform;
use neo::error::{Advice, Error, Result};
use neo::fleet::Seen;
use tokio::net::TcpListener;

use crate::door::connections;
use crate::door::limits::Limits;

/// The exposition format, as Prometheus names it.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How often what was counted is folded together, whether or not anybody collects it.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Collected {
    platform: Platform,
    handle: PrometheusHandle,
    seen: Arc<Seen>,
}

/// Opens the address and answers there, in the background, until the platform shuts down; nothing is counted where none is set.
pub fn open(platform: Platform) -> BoxFuture<'static, Result<()>> {
    async move {
        let Some(address) = platform.config.metrics_listen else { return Ok(()) };
        let listener = TcpListener::bind(address).await.map_err(|e| {
            Error::config(format!("measures cannot be collected at {address}"))
                .cause(e.to_string())
                .hint(Advice::operator("set METRICS_LISTEN to a free address"))
        })?;
        let recorder =
            PrometheusBuilder::new().set_buckets(&neo::metrics::BOUNDS).map_err(Error::internal)?.build_recorder();
        let handle = recorder.handle();
        // The first one of a process stays (tests).
        let _ = metrics::set_global_recorder(recorder);
        neo::metrics::describe();
        tracing::info!("measures are at http://{address}/metrics");
        tokio::spawn(answer(listener, Collected { platform, handle, seen: Arc::default() }));
        Ok(())
    }
    .boxed()
}

async fn answer(listener: TcpListener, collected: Collected) {
    let (platform, handle) = (collected.platform.clone(), collected.handle.clone());
    let app = Router::new().route("/metrics", get(collect)).with_state(collected);
    let upkeep = async {
        let mut every = tokio::time::interval(UPKEEP);
        loop {
            every.tick().await;
            handle.run_upkeep();
        }
    };
    tokio::select! {
        () = connections::serve(listener, app, &platform.config, Limits::default(), platform.shutdown.clone()) => {}
        () = upkeep => {}
    }
}

async fn collect(State(Collected { platform, handle, seen }): State<Collected>) -> Response {
    neo::fleet::measure(&platform, &seen).await;
    ([(header::CONTENT_TYPE, TEXT)], handle.render()).into_response()
}
