//! Signing in, signing out, and proving one's password again. No page here loads a script.

mod again;
mod next;
mod refused;
mod sign_in;

use neo::actor::Permission;

use crate::page::route::{Route, Whom};

pub fn pages() -> Vec<Route> {
    let mut pages = of_tenants();
    // For whoever has been signed in for too long as well: that is what it is there for.
    pages.push(Route::get("/reauthenticate", Permission::View, again::ask));
    pages.push(Route::post("/reauthenticate", Permission::View, again::act));
    pages
}

/// The same at a tenant's own address.
pub fn of_tenants() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Whom::Anybody, sign_in::ask),
        Route::post("/sign-in", Whom::Anybody, sign_in::act),
        Route::post("/sign-out", Whom::Anybody, sign_in::sign_out),
    ]
}
