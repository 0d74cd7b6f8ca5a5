//! The page of a new tenant.

mod make;
pub mod page;
