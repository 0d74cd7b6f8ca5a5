//! What a person does to a tenant.

pub mod ask;
pub mod at_once;
pub mod unlock;
