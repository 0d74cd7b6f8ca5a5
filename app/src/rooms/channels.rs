//! Channels: where notices go, and what became of them.

pub mod api;
mod calls;
pub mod command;
pub mod links;
mod list;
mod new;
mod one;
mod remove;
mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ManageChannels;
    vec![
        Route::get(links::LIST, Permission::SeeChannels, list::show),
        Route::get(links::NEW, may, new::ask),
        Route::post(links::NEW, may, new::act),
        Route::get("/channels/{name}", Permission::SeeChannels, one::show),
        Route::post("/channels/{name}/test", may, one::test),
        Route::post("/channels/{name}/on", may, one::on),
        Route::post("/channels/{name}/off", may, one::off),
        Route::get("/channels/{name}/remove", may, remove::ask),
        Route::post("/channels/{name}/remove", may, remove::act),
    ]
}
