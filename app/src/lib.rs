//! The console of Neo Central: everything a person sees.
//!
//! Pages are rendered by the server and work without scripts; the browser gets the islands and nothing else, so everything
//! but them is native only. How a page is added: see [`server`].

// Views are types: a page nests deeper than the default lets the compiler look.
#![recursion_limit = "256"]

pub mod call;
#[cfg(not(target_arch = "wasm32"))]
pub mod door;
#[cfg(not(target_arch = "wasm32"))]
pub mod error;
#[cfg(not(target_arch = "wasm32"))]
pub mod far;
pub mod islands;
#[cfg(not(target_arch = "wasm32"))]
mod line;
#[cfg(not(target_arch = "wasm32"))]
mod may;
#[cfg(not(target_arch = "wasm32"))]
pub mod measures;
#[cfg(not(target_arch = "wasm32"))]
pub mod page;
#[cfg(not(target_arch = "wasm32"))]
mod problems;
#[cfg(not(target_arch = "wasm32"))]
pub mod query;
#[cfg(not(target_arch = "wasm32"))]
mod rooms;
#[cfg(target_arch = "wasm32")]
#[path = "rooms/browser.rs"]
pub mod rooms;
#[cfg(not(target_arch = "wasm32"))]
mod router;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;
#[cfg(not(target_arch = "wasm32"))]
pub mod spans;
pub mod text;
#[cfg(not(target_arch = "wasm32"))]
pub mod ui;
#[cfg(not(target_arch = "wasm32"))]
pub mod web;
#[cfg(not(target_arch = "wasm32"))]
mod words;

/// Every server function, as the handler, the document and the test of roles know it.
#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<call::Function> {
    rooms::functions()
}

/// Every page of the console, as the router and the test of roles know it.
#[cfg(not(target_arch = "wasm32"))]
pub fn pages() -> Vec<page::route::Route> {
    rooms::pages()
}

/// The same of a tenant's own address.
#[cfg(not(target_arch = "wasm32"))]
pub fn pages_of_tenants() -> Vec<page::route::Route> {
    rooms::of_tenants()
}

/// The document that describes the server functions (`neo openapi`).
#[cfg(not(target_arch = "wasm32"))]
pub fn openapi() -> String {
    format!("{:#}\n", call::document::of(&functions()))
}
