//! What a person does to a run that is there. Pausing and resuming happen; cancelling and rerunning ask, with the count on the
//! button.

pub mod acknowledge;
pub mod cancel;
pub mod pass_windows;
pub mod rehearse;
pub mod rerun;
pub mod resume;
pub mod skip;

use neo::error::Result;
use neo::runs::Row;

use super::links;
use crate::error::Answer;
use crate::page::render::{Page, see_other};
use crate::ui::Nav;

/// Back to the run, which shows how it stands now.
fn seen(run: Result<Row>) -> Answer {
    Ok(see_other(&links::one(run?.run)))
}

fn under(number: i64, title: &str) -> Page {
    Page::new(Nav::Runs, title).under("Runs", links::LIST).under(format!("Run {number}"), links::one(number))
}
