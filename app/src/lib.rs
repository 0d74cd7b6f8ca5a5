//! The console of Neo Central: everything a person sees.
//!
//! Pages are rendered by the server and work without scripts; the browser gets the islands and nothing else, so everything
//! but them is native only. How a page is added: see [`server`].

// Views are types: a page nests deeper than the default lets the compiler look.
#![recursion_limit = "256"]

#[cfg(not(target_arch = "wasm32"))]
mod account;
#[cfg(not(target_arch = "wasm32"))]
mod admins;
#[cfg(not(target_arch = "wasm32"))]
mod dashboard;
#[cfg(not(target_arch = "wasm32"))]
pub mod error;
pub mod islands;
#[cfg(not(target_arch = "wasm32"))]
mod may;
#[cfg(not(target_arch = "wasm32"))]
mod migrations;
#[cfg(not(target_arch = "wasm32"))]
mod problems;
#[cfg(not(target_arch = "wasm32"))]
pub mod query;
#[cfg(not(target_arch = "wasm32"))]
mod runs;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;
#[cfg(not(target_arch = "wasm32"))]
mod servers;
#[cfg(not(target_arch = "wasm32"))]
mod session;
#[cfg(not(target_arch = "wasm32"))]
mod setup;
#[cfg(not(target_arch = "wasm32"))]
mod tenants;
pub mod text;
#[cfg(not(target_arch = "wasm32"))]
pub mod ui;
#[cfg(not(target_arch = "wasm32"))]
mod words;
