use axum::Router;

use crate::server::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
}

pub fn tenant_routes() -> Router<AppState> {
    Router::new()
}
