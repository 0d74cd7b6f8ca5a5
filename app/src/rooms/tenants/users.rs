//! The tab of the users inside a tenant.

mod form;
pub mod model;
pub mod page;
