//! The pages of runs: the list, a new one with its preview, one run as it happens, and the acts on it.

mod acts;
mod causes;
pub mod drift;
pub mod excerpt;
mod list;
pub mod live;
mod log;
mod new;
mod one;
mod preview;
mod rehearsal;
mod strategy;
mod stream;
mod tasks;
mod waves;
pub mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(stream::routes())
        .route("/runs", get(list::show))
        .route("/runs/new", get(new::ask).post(new::act))
        .route("/runs/rehearse", post(rehearsal::act))
        .route("/api/run-command", get(new::command))
        .route("/runs/{number}", get(one::show))
        .route("/runs/{number}/rerun", get(acts::ask_rerun).post(acts::rerun))
        .route("/runs/{number}/cancel", get(acts::ask_cancel).post(acts::cancel))
        .route("/runs/{number}/skip", get(acts::ask_skip).post(acts::skip))
        .route("/runs/{number}/pause", post(acts::pause))
        .route("/runs/{number}/resume", get(acts::ask_resume).post(acts::resume))
}
