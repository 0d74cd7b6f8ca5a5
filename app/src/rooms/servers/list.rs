//! The page of all servers.

pub mod model;
pub mod page;
