//! The rooms of the console: a feature each, with its routes, what its pages know, and one file for each thing a person sees.

pub mod account;
pub mod admins;
pub mod dashboard;
pub mod migrations;
pub mod runs;
pub mod search;
pub mod servers;
pub mod session;
pub mod setup;
pub mod tenants;

use crate::call::Function;

/// The server functions of all rooms.
pub fn functions() -> Vec<Function> {
    [account::api::functions(), dashboard::api::functions(), search::api::functions(), tenants::api::functions()]
        .into_iter()
        .flatten()
        .collect()
}
