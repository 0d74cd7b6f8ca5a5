//! The pages of the fleet's migrations.

pub mod api;
pub mod badges;
mod calls;
pub mod findings;
pub mod links;
mod list;
mod one;
mod tenants;

use axum::Router;
use axum::routing::get;

use crate::door::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route(links::LIST, get(list::page::show)).route("/migrations/{version}", get(one::page::show))
}
