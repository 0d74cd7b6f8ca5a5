//! The pages of runs: the list, a new one with its preview, one run as it happens, and the acts on it.

mod acts;
pub mod api;
pub mod calls;
pub mod command;
pub mod drift;
pub mod excerpt;
pub mod links;
mod list;
pub mod live;
mod new;
mod one;
mod stream;
mod ways_on;
pub mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(stream::routes())
        .route(links::LIST, get(list::page::show))
        .route(links::NEW, get(new::page::ask).post(new::page::act))
        .route(links::REHEARSE, post(acts::rehearse::act))
        .route("/runs/{number}", get(one::page::show))
        .route("/runs/{number}/rerun", get(acts::rerun::ask).post(acts::rerun::act))
        .route("/runs/{number}/cancel", get(acts::cancel::ask).post(acts::cancel::act))
        .route("/runs/{number}/skip", get(acts::skip::ask).post(acts::skip::act))
        .route("/runs/{number}/pause", post(acts::resume::pause))
        .route("/runs/{number}/resume", get(acts::resume::ask).post(acts::resume::resume))
}
