//! The page of one migration.

pub mod model;
pub mod page;
mod source;
mod sql;
