//! The tab of what was done to a tenant.

pub mod page;
