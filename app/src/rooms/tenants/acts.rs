//! What a person does to a tenant.

pub mod ask;
pub mod at_once;
pub mod credentials;
mod half_done;
pub mod moving;
pub mod resolve;
pub mod unlock;
mod unseen;
