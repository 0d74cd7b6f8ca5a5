//! How maintenance windows are said.

use leptos::prelude::*;
use neo_model::WindowRow;

use crate::rooms::tenants::links as tenants;
use crate::ui::{Mark, Status, Time};

/// Whether it keeps anybody, and until when or from when on.
pub fn standing(window: &WindowRow) -> AnyView {
    let (mark, word, at) = match (window.enabled, window.in_force, window.next_from) {
        (false, _, _) => (Mark::Skipped, "Off", None),
        (true, true, _) => (Mark::Running, "In force", window.next_to.map(|ms| ("until ", ms))),
        (true, false, Some(from)) => (Mark::Queued, "To come", Some(("from ", from))),
        (true, false, None) => (Mark::Ok, "Over", None),
    };
    let at = at.map(|(word, ms)| view! { " "<span class="muted">{word}<Time ms=ms /></span> });
    view! { <Status mark=mark word=word />{at} }.into_any()
}

/// Whom it is about.
pub fn whom(window: &WindowRow) -> AnyView {
    let tags = window.tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span>" " }).collect_view();
    let named =
        window.tenants.iter().map(|slug| view! { <a class="mono" href=tenants::one(slug)>{slug.clone()}</a>" " });
    let named = named.collect_view();
    let server = window.server.clone().map(|server| format!("on {server}"));
    let all = window.tags.is_empty() && window.tenants.is_empty() && window.server.is_none();
    view! { {all.then_some("All tenants")}{tags}{named}{server} }.into_any()
}
