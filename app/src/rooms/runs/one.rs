//! The page of one run.

mod buttons;
mod causes;
mod drift;
mod fleet;
mod head;
mod log;
pub mod model;
pub mod page;
mod tasks;
mod trouble;
mod waves;
