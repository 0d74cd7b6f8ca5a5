//! What was refused, as the components of a form want it.

use leptos::prelude::*;

use crate::page::advice;
use crate::page::forms::Form;
use crate::ui::{Banner, Tone};

/// What is wrong with this field.
pub fn on(form: &Form, field: &str) -> Option<String> {
    form.error(field).map(|error| match &error.hint {
        Some(hint) => format!("{} ({})", error.message, hint.plain()),
        None => error.message.clone(),
    })
}

/// An error that a page can be shown beside: what, why, what next.
pub fn banner(error: &neo::Error) -> AnyView {
    let (title, cause, hint) = (error.message.clone(), error.cause.clone(), error.hint.clone());
    view! {
        <Banner tone=Tone::Bad title=title>
            {cause.map(|cause| view! { <p>{cause}</p> })}
            {hint.map(|hint| view! { <p class="muted">{advice::view(&hint)}</p> })}
        </Banner>
    }
    .into_any()
}
