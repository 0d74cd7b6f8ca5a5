//! The keys that credentials are sealed with. They are made and changed at the machine.

pub mod api;
mod calls;
pub mod links;
mod page;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![Route::get(links::PAGE, Permission::SeeKeys, page::show)]
}
