//! The pages of tenants: the list, one tenant under its tabs, a new one, and the acts of its lifecycle.

pub mod api;
mod danger;
mod filters;
pub mod fleet;
pub mod links;
mod list;
mod lock;
mod migrations;
mod new;
mod one;
mod provisioning;
mod runs;
pub mod standing;
mod table;
mod users;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/tenants", get(list::show))
        .route("/tenants/new", get(new::ask).post(new::act))
        .route("/tenants/{slug}", get(one::show))
        .route("/tenants/{slug}/migrations", get(migrations::show))
        .route("/tenants/{slug}/runs", get(runs::show))
        .route("/tenants/{slug}/users", get(users::show).post(users::create))
        .route("/tenants/{slug}/edit", post(danger::edit))
        .route("/tenants/{slug}/resume", post(danger::resume))
        .route("/tenants/{slug}/release", post(danger::release))
        .route("/tenants/{slug}/retry", post(new::retry))
        .route("/tenants/{slug}/unlock", get(lock::ask).post(lock::act))
        .route("/tenants/{slug}/{act}", get(danger::ask).post(danger::act))
}
