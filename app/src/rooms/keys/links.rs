//! Where the keys are.

pub const PAGE: &str = "/keys";
