//! The pages of requests: what waits for somebody's yes, and one with its plan, where somebody says yes or no.

mod acts;
pub mod api;
mod calls;
pub mod command;
pub mod links;
mod list;
mod one;
mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![
        Route::get(links::LIST, Permission::View, list::show),
        Route::get("/requests/{number}", Permission::View, one::show),
        Route::post("/requests/{number}/approve", Permission::Operate, acts::approve),
        // Whoever asked takes it back so, and need not be who may do it.
        Route::post("/requests/{number}/decline", Permission::View, acts::decline),
    ]
}
