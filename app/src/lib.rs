//! The console of Neo Central: everything a person sees.
//!
//! Pages are rendered by the server and work without scripts.

#[cfg(not(target_arch = "wasm32"))]
pub mod query;
pub mod text;
