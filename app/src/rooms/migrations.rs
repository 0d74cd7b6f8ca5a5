//! The pages of the fleet's migrations.

pub mod api;
pub mod badges;
mod bar;
mod calls;
pub mod changed;
pub mod findings;
pub mod links;
mod list;
mod one;
mod tenants;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![
        Route::get(links::LIST, Permission::View, list::page::show),
        Route::get("/migrations/{version}", Permission::View, one::page::show),
    ]
}
