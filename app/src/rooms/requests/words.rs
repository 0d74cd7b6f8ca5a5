//! How a request is spoken of.

use neo::requests::State;

use crate::ui::Mark;

pub fn mark(state: State) -> Mark {
    match state {
        State::Open => Mark::Behind,
        State::Approved => Mark::Running,
        State::Used => Mark::Ok,
        State::Declined => Mark::Cancelled,
        State::Expired => Mark::Skipped,
        State::Outdated => Mark::Drifted,
    }
}
