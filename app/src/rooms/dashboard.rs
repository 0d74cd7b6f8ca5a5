//! The first page.

pub mod api;
mod attention;
mod audit;
mod model;
mod needs;
mod page;
mod runs;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![Route::get("/", Permission::View, page::show)]
}
