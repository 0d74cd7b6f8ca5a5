//! What is done with several tenants of the list at once, and the list as a file.

mod act;
mod export;

use neo::actor::Permission;

use crate::page::route::Route;

pub use act::Bulk;

/// Where the list is as a file.
pub const EXPORT: &str = "/tenants-list/export";

pub fn pages() -> Vec<Route> {
    let mut pages = act::pages();
    pages.push(Route::get(EXPORT, Permission::View, export::download));
    pages
}
