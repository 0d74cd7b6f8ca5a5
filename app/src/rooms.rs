//! The rooms of the console: a feature each, with its routes, what its pages know, and one file for each thing a person sees.

pub mod account;
pub mod admins;
pub mod audit;
pub mod dashboard;
pub mod migrations;
pub mod runs;
pub mod search;
pub mod servers;
pub mod session;
pub mod setup;
pub mod tenants;
pub mod tokens;

use crate::call::Function;

/// The server functions of all rooms.
pub fn functions() -> Vec<Function> {
    let rooms = [
        account::api::functions(),
        admins::api::functions(),
        audit::api::functions(),
        dashboard::api::functions(),
        migrations::api::functions(),
        runs::api::functions(),
        search::api::functions(),
        servers::api::functions(),
        tenants::api::functions(),
        tokens::api::functions(),
    ];
    rooms.into_iter().flatten().collect()
}
