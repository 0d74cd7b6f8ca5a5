//! Central admins: who there is, and what may be changed about them. Superadmins only; the platform enforces it.

mod acts;
pub mod api;
mod calls;
pub mod links;
mod list;
mod new;
mod one;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(links::LIST, get(list::show).post(new::create))
        .route(links::NEW, get(new::ask))
        .route("/admins/{id}", get(one::show))
        .route("/admins/{id}/role", post(acts::set_role))
        .route("/admins/{id}/password", post(acts::reset_password))
        .route("/admins/{id}/disable", get(acts::ask_disable).post(acts::disable))
        .route("/admins/{id}/enable", post(acts::enable))
        .route("/admins/{id}/end-sessions", post(acts::end_sessions))
}
