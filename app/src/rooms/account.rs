//! One's own account: password, sessions, how pages look. On a tenant's subdomain: who is signed in, and the way out.

mod acts;
pub mod api;
mod calls;
pub mod links;
mod page;
mod tenant;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(links::PAGE, get(page::show))
        .route(links::PASSWORD, post(acts::change_password))
        .route(links::END, post(acts::end_one))
        .route(links::END_OTHERS, post(acts::end_others))
        .route(links::PREFERENCES, post(acts::prefer))
}

pub fn tenant_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(tenant::show))
        .route(links::PAGE, get(tenant::show))
        .route(links::PREFERENCES, post(acts::prefer))
}
