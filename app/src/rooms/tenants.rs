//! The pages of tenants: the list, one tenant under its tabs, a new one, and the acts of its lifecycle.

mod acts;
pub mod api;
pub mod calls;
pub mod command;
pub mod fleet;
mod grave;
pub mod links;
mod list;
mod migrations;
mod new;
mod one;
mod reach;
mod runs;
pub mod standing;
mod users;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(links::LIST, get(list::page::show))
        .route(links::NEW, get(new::page::ask).post(new::page::act))
        .route("/tenants/{slug}", get(one::page::show))
        .route("/tenants/{slug}/migrations", get(migrations::page::show))
        .route("/tenants/{slug}/runs", get(runs::page::show))
        .route("/tenants/{slug}/users", get(users::page::show).post(users::page::create))
        .route("/tenants/{slug}/edit", post(one::page::edit))
        .route("/tenants/{slug}/resume", post(acts::at_once::resume))
        .route("/tenants/{slug}/release", post(acts::at_once::release))
        .route("/tenants/{slug}/retry", post(acts::at_once::retry))
        .route("/tenants/{slug}/unlock", get(acts::unlock::ask).post(acts::unlock::act))
        .route("/tenants/{slug}/{act}", get(acts::ask::ask).post(acts::ask::act))
}
