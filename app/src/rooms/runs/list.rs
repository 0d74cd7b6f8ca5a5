//! The page of all runs.

pub mod model;
pub mod page;
mod table;
