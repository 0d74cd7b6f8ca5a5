//! The tab of a tenant's runs.

pub mod page;
