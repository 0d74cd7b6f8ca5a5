//! What makes a page about a run follow it: an island with scripts, a refresh without.

use leptos::prelude::*;
use neo::runs::Run;

use crate::islands::LiveRun;

pub fn follow(run: &Run) -> AnyView {
    view! { <LiveRun number=run.number after=run.last_seq over=run.status.is_over() /> }.into_any()
}
