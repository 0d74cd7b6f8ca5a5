//! The doctor: what there is, examined when somebody asks.

pub mod api;
mod calls;
pub mod links;
mod page;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![Route::get(links::PAGE, Permission::Examine, page::show)]
}
