//! The page of one tenant, and what its other tabs stand in.

mod facts;
pub mod frame;
pub mod lock;
pub mod model;
pub mod overview;
pub mod page;
mod schema;
mod settings;
mod steps;
mod trouble;
mod zone;
