//! Tokens: one's own under the account, everybody's for superadmins, and the way to make one.

pub mod api;
mod calls;
pub mod links;
mod new;
mod revoke;
pub mod table;

use axum::Router;
use axum::routing::get;

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(links::NEW, get(new::ask).post(new::act))
        .route("/tokens/{id}/revoke", get(revoke::ask).post(revoke::act))
}
