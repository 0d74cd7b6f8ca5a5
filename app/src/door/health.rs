//! For probes, on any host: `/healthz` says that the process is up, `/readyz` that it can serve.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready))
}

pub fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

async fn ready(State(app): State<AppState>) -> Response {
    let central = async {
        let mut conn = app.platform.central.read().await?;
        neo::central::now(&mut conn).await
    };
    match tokio::time::timeout(std::time::Duration::from_secs(3), central).await {
        Ok(Ok(_)) if app.platform.heart.beats() && !app.platform.shutdown.is_cancelled() => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}
