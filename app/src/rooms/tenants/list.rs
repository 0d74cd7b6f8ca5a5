//! The page of all tenants.

pub mod model;
pub mod page;
mod table;
mod toolbar;
