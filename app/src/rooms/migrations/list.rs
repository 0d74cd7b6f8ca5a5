//! The page of all migrations.

pub mod model;
pub mod page;
mod table;
