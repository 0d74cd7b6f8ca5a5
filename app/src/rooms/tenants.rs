//! The pages of tenants: the list, one tenant under its tabs, a new one, and the acts of its lifecycle.

mod acts;
pub mod api;
mod audit;
mod bulk;
pub mod calls;
pub mod command;
pub mod fleet;
mod grave;
pub mod links;
mod list;
mod migrations;
mod new;
mod one;
mod reach;
mod runs;
pub mod standing;
mod users;
mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let (view, edit, make) = (Permission::View, Permission::EditTenants, Permission::ProvisionTenants);
    let mut pages = vec![
        Route::get(links::LIST, view, list::page::show),
        Route::get(links::NEW, make, new::page::ask),
        Route::post(links::NEW, make, new::page::act),
        Route::get(links::ADOPT, Permission::AdoptTenants, new::adopt::page::ask),
        Route::post(links::ADOPT, Permission::AdoptTenants, new::adopt::page::act),
        Route::get("/tenants/{slug}", view, one::page::show),
        Route::get("/tenants/{slug}/migrations", view, migrations::page::show),
        Route::get("/tenants/{slug}/runs", view, runs::page::show),
        Route::get("/tenants/{slug}/audit", Permission::ReadAudit, audit::page::show),
        Route::post("/tenants/{slug}/edit", edit, one::page::edit),
        Route::post("/tenants/{slug}/resume", edit, acts::at_once::resume),
        Route::post("/tenants/{slug}/release", edit, acts::at_once::release),
        Route::post("/tenants/{slug}/retry", make, acts::at_once::retry),
        Route::get("/tenants/{slug}/unlock", Permission::BreakLocks, acts::unlock::ask),
        Route::post("/tenants/{slug}/unlock", Permission::BreakLocks, acts::unlock::act),
        Route::get("/tenants/{slug}/credentials", Permission::SeeCredentials, acts::credentials::ask),
        Route::post("/tenants/{slug}/credentials", Permission::SeeCredentials, acts::credentials::act),
        Route::get("/tenants/{slug}/move", Permission::SeeCredentials, acts::moving::ask),
        Route::post("/tenants/{slug}/move", Permission::SeeCredentials, acts::moving::act),
        Route::get("/tenants/{slug}/drop-replaced", Permission::DeleteTenants, acts::moving::ask_to_drop),
        Route::post("/tenants/{slug}/drop-replaced", Permission::DeleteTenants, acts::moving::drop),
        Route::get("/tenants/{slug}/resolve", Permission::Resolve, acts::resolve::ask),
        Route::post("/tenants/{slug}/resolve", Permission::Resolve, acts::resolve::act),
    ];
    pages.extend(bulk::pages());
    pages.extend(acts::ask::pages());
    pages.extend(users::pages());
    pages
}
