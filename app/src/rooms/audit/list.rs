//! The page of all rows; a tenant's page shows its own with the same parts.

pub mod model;
mod opened;
pub mod page;
pub mod table;
pub mod toolbar;
