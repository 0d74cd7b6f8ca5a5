//! The tab of a tenant's migrations.

pub mod page;
