//! The rooms of the console: a feature each, with its routes, what its pages know, and one file for each thing a person sees.

pub mod account;
pub mod admins;
pub mod audit;
pub mod backups;
pub mod channels;
pub mod dashboard;
pub mod doctor;
pub mod factors;
pub mod filters;
pub mod keys;
pub mod migrations;
pub mod passkeys;
pub mod requests;
pub mod runs;
pub mod search;
pub mod servers;
pub mod session;
pub mod setup;
pub mod tenants;
pub mod tokens;
pub mod windows;

use crate::call::Function;
use crate::page::route::Route;

/// The server functions of all rooms.
pub fn functions() -> Vec<Function> {
    let rooms = [
        account::api::functions(),
        admins::api::functions(),
        audit::api::functions(),
        backups::api::functions(),
        channels::api::functions(),
        dashboard::api::functions(),
        doctor::api::functions(),
        factors::api::functions(),
        filters::api::functions(),
        keys::api::functions(),
        migrations::api::functions(),
        passkeys::api::functions(),
        requests::api::functions(),
        runs::api::functions(),
        search::api::functions(),
        servers::api::functions(),
        tenants::api::functions(),
        tokens::api::functions(),
        windows::api::functions(),
    ];
    rooms.into_iter().flatten().collect()
}

/// The pages of all rooms.
pub fn pages() -> Vec<Route> {
    let rooms = [
        session::pages(),
        setup::pages(),
        dashboard::pages(),
        admins::pages(),
        audit::pages(),
        account::pages(),
        factors::pages(),
        filters::pages(),
        passkeys::pages(),
        search::pages(),
        tenants::pages(),
        migrations::pages(),
        requests::pages(),
        runs::pages(),
        servers::pages(),
        backups::pages(),
        channels::pages(),
        doctor::pages(),
        keys::pages(),
        tokens::pages(),
        windows::pages(),
    ];
    rooms.into_iter().flatten().collect()
}

/// What there is at a tenant's own address: its users sign in and see their account, nothing else.
pub fn of_tenants() -> Vec<Route> {
    [session::of_tenants(), account::of_tenants()].into_iter().flatten().collect()
}
