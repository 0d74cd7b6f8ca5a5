//! The page of a new run, and what it asks and answers.

pub mod choice;
mod choose;
pub mod command;
mod fields;
mod how;
pub mod model;
pub mod page;
mod planned;
mod preview;
mod rehearsal;
mod rehearsals;
mod rehearsed;
mod start;
mod strategy;
mod undone;

/// The form that starts the run: what stands elsewhere on the page and belongs to it says so.
const FORM: &str = "run";
