//! The pages of backups: all there are, and the question before one is restored.

pub mod api;
mod calls;
pub mod links;
mod list;
mod restore;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ProvisionTenants;
    vec![
        Route::get(links::LIST, Permission::View, list::show),
        Route::get(links::RESTORE, may, restore::ask),
        Route::post(links::RESTORE, may, restore::act),
    ]
}
