//! The tab of the users inside a tenant.

pub mod model;
mod new;
pub mod page;
