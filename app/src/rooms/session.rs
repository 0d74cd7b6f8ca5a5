//! Signing in, signing out, and proving one's password again. No page here loads a script.

mod again;
mod next;
mod refused;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    tenant_routes().route("/reauthenticate", get(again::ask).post(again::act))
}

pub fn tenant_routes() -> Router<AppState> {
    Router::new().route("/sign-in", get(sign_in::ask).post(sign_in::act)).route("/sign-out", post(sign_in::sign_out))
}
