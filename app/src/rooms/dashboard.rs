//! The first page.

pub mod api;
mod attention;
mod model;
mod needs;
mod page;
mod runs;

use axum::Router;
use axum::routing::get;

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/", get(page::show))
}
