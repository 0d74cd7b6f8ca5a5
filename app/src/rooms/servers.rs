//! The pages of the database servers that tenants live on.

mod list;
mod new;

use axum::Router;
use axum::routing::get;

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/servers", get(list::show))
        .route("/servers/new", get(new::ask).post(new::act))
        .route("/servers/{name}/remove", get(list::ask_remove).post(list::remove))
}
