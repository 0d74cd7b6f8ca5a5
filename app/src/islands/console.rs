//! The page-wide island: relative times, copy buttons, keys, palette.

use leptos::prelude::*;

#[island]
pub fn Console() -> impl IntoView {
    view! { <span class="console"></span> }
}
