//! Filters that are kept for everybody: over the lists that they are of, and in a list of their own.

pub mod api;
pub mod bar;
mod calls;
pub mod command;
pub mod links;
mod list;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::KeepFilters;
    vec![
        Route::get(links::LIST, may, list::show),
        Route::post(links::LIST, may, list::save),
        Route::post(links::REMOVE, may, list::remove),
    ]
}
