//! Signing in (in two steps where there is a second factor), signing out, choosing a password by a link, and proving one's password again. No page
//! here needs a script; the small one that asks for passkeys is the only one that any of them loads.

mod again;
mod by_provider;
mod choose;
mod closed;
mod code;
mod come_in;
mod detour;
mod enrol;
mod kept;
mod links;
mod next;
mod passkey;
mod provider;
mod refused;
mod sign_in;

use neo::actor::Permission;

pub use self::detour::keep;
use crate::page::route::{Route, Whom};

pub fn pages() -> Vec<Route> {
    let mut pages = signing();
    // For whoever has been signed in for too long as well: that is what it is there for.
    pages.push(Route::get(links::AGAIN, Permission::View, again::ask));
    pages.push(Route::post(links::AGAIN, Permission::View, again::act));
    pages.push(Route::get(links::CODE, Whom::Anybody, code::ask));
    pages.push(Route::post(links::CODE, Whom::Anybody, code::act));
    pages.push(Route::get(links::ENROL, Whom::Anybody, enrol::ask));
    pages.push(Route::post(links::ENROL, Whom::Anybody, enrol::begin));
    pages.push(Route::post(links::CONFIRM, Whom::Anybody, enrol::confirm));
    pages.push(Route::post(links::PASSKEY_OPTIONS, Whom::Anybody, passkey::options));
    pages.push(Route::post(links::PASSKEY, Whom::Anybody, passkey::act));
    pages.push(Route::post(links::CODE_PASSKEY_OPTIONS, Whom::Anybody, passkey::second_options));
    pages.push(Route::post(links::CODE_PASSKEY, Whom::Anybody, passkey::second));
    pages.push(Route::post(links::ENROL_PASSKEY_OPTIONS, Whom::Anybody, passkey::enrol_options));
    pages.push(Route::post(links::ENROL_PASSKEY, Whom::Anybody, passkey::enrol));
    pages.push(Route::post(links::PROVIDER, Whom::Anybody, provider::begin));
    pages.push(Route::get(links::PROVIDER_LANDED, Whom::Anybody, provider::landed));
    pages.push(Route::get(links::PROVIDER_DONE, Whom::Anybody, provider::done));
    pages.push(Route::post(links::AGAIN_PROVIDER, Permission::View, provider::begin_again));
    pages.push(Route::post(links::AGAIN_PASSKEY_OPTIONS, Permission::View, passkey::again_options));
    pages.push(Route::post(links::AGAIN_PASSKEY, Permission::View, passkey::again));
    pages
}

/// At a tenant's own address.
pub fn of_tenants() -> Vec<Route> {
    signing()
}

fn signing() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Whom::Anybody, sign_in::ask),
        Route::post("/sign-in", Whom::Anybody, sign_in::act),
        Route::post("/sign-out", Whom::Anybody, sign_in::sign_out),
        // Where one-time links lead.
        Route::get("/password", Whom::Anybody, choose::ask),
        Route::post("/password", Whom::Anybody, choose::act),
    ]
}
