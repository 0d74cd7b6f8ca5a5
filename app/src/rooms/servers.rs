//! The pages of the database servers that tenants live on.

mod acts;
pub mod api;
mod calls;
pub mod links;
mod list;
mod new;

use axum::Router;
use axum::routing::get;

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(links::LIST, get(list::page::show))
        .route(links::NEW, get(new::ask).post(new::act))
        .route("/servers/{name}/remove", get(acts::ask_remove).post(acts::remove))
}
