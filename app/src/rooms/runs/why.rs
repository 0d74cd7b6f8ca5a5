//! Why something failed, and what is to be done about it, under the database's own words.

use leptos::prelude::*;
use neo::error::Do;
use neo::runs::Failure;

use crate::page::advice;
use crate::rooms::migrations;
use crate::rooms::runs::excerpt;
use crate::rooms::runs::words::place;

/// The statement with the place marked, or where it is; what else the database said; what it means; the way out.
pub fn view(failure: &Failure) -> AnyView {
    let place =
        place(failure).filter(|_| failure.excerpt.is_none()).map(|place| match migrations::links::place(failure) {
            Some(href) => view! { <p class="mono"><a href=href>{place}</a></p> }.into_any(),
            None => view! { <p class="mono">{place}</p> }.into_any(),
        });
    let detail = failure.detail.clone().map(|detail| view! { <p class="muted">{detail}</p> });
    let known = failure.known().map(|known| view! { <p>{known.means}" "{known.way}</p> });
    let hint = failure.hint.as_ref().map(|hint| view! { <p>{advice::sentence(hint)}</p> });
    view! { {excerpt::view(failure)}{place}<div class="why">{detail}{known}{hint}</div> }.into_any()
}

/// Whether trying again alone does not help: somebody says first what is true of what is half done.
pub fn is_to_resolve(failure: &Failure) -> bool {
    failure.hint.as_ref().is_some_and(|hint| hint.acts().any(|act| matches!(act, Do::ResolveTenant { .. })))
}
