//! The page of one server.

pub mod model;
pub mod page;
