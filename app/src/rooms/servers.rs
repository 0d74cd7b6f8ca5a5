//! The pages of the database servers that tenants live on.

mod acts;
mod answer;
pub mod api;
mod calls;
pub mod command;
pub mod links;
mod list;
mod new;
mod one;
mod set;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ManageServers;
    vec![
        Route::get(links::LIST, Permission::View, list::page::show),
        Route::get(links::NEW, may, new::ask),
        Route::post(links::NEW, may, new::act),
        Route::get("/servers/{name}", Permission::View, one::page::show),
        Route::get("/servers/{name}/edit", may, set::ask),
        Route::post("/servers/{name}/edit", may, set::act),
        Route::get("/servers/{name}/rotate-password", may, acts::ask_rotate),
        Route::post("/servers/{name}/rotate-password", may, acts::rotate),
        Route::get("/servers/{name}/remove", Permission::SeeCredentials, acts::ask_remove),
        Route::post("/servers/{name}/remove", Permission::SeeCredentials, acts::remove),
    ]
}
