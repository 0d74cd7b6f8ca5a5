//! The audit: the list and what a row says, the export, and both for programs.

pub mod api;
mod calls;
mod export;
pub mod links;
pub mod list;
pub mod words;

use neo::actor::Permission;

use crate::call::BESIDE;
use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![
        Route::get(links::LIST, Permission::ReadAudit, list::page::show),
        Route::get(links::EXPORT, Permission::ExportAudit, export::download),
        Route::get(BESIDE[1], Permission::ExportAudit, export::answer),
    ]
}
