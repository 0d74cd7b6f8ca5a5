//! Tokens: one's own under the account, everybody's for superadmins, and the way to make one.

pub mod api;
mod calls;
pub mod command;
pub mod links;
mod new;
mod revoke;
pub mod table;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![
        Route::get(links::NEW, Permission::MakeTokens, new::ask),
        Route::post(links::NEW, Permission::MakeTokens, new::act),
        Route::get("/tokens/{id}/revoke", Permission::View, revoke::ask),
        Route::post("/tokens/{id}/revoke", Permission::View, revoke::act),
    ]
}
