//! The audit, for programs.

pub mod api;
mod calls;
