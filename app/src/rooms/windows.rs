//! Maintenance windows: when no run changes whom.

pub mod api;
pub mod banner;
mod calls;
pub mod command;
pub mod links;
mod list;
mod new;
mod remove;
mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ManageWindows;
    vec![
        Route::get(links::LIST, Permission::SeeWindows, list::show),
        Route::get(links::NEW, may, new::ask),
        Route::post(links::NEW, may, new::act),
        Route::post("/windows/{name}/on", may, list::on),
        Route::post("/windows/{name}/off", may, list::off),
        Route::get("/windows/{name}/remove", may, remove::ask),
        Route::post("/windows/{name}/remove", may, remove::act),
    ]
}
