//! Acts: links that lead to one, buttons that are one, and what makes of a form an act in place.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Serialize;

/// What the form of an act does, as the call of the function that does the same: where scripts run, that is called, and no other
/// page is loaded. What it is rendered as is told in [`crate::islands`].
#[derive(Debug, Clone)]
pub struct InPlace {
    /// The function's address.
    pub function: &'static str,
    /// Its arguments that are settled, as JSON.
    pub with: String,
    /// Which fields of the form are typed, and the argument that each is: `reason:note now:now`.
    pub typed: String,
}

impl InPlace {
    /// The function whose arguments are `F`.
    pub fn of<F: ServerFn + Serialize>(arguments: &F) -> Self {
        // Without them the form is a form like any other.
        let with = serde_json::to_string(arguments).unwrap_or_default();
        Self { function: F::PATH, with, typed: String::new() }
    }

    /// What is typed in this field is this argument.
    pub fn typed(mut self, field: &str, argument: &str) -> Self {
        let gap = if self.typed.is_empty() { "" } else { " " };
        self.typed.push_str(&format!("{gap}{field}:{argument}"));
        self
    }
}

/// A link that leads to an act. What one may not do stays visible, with the reason. With `asks` the page that it leads to is a
/// question, which scripts ask in place.
#[component]
pub fn Act(
    #[prop(into)] label: String,
    #[prop(into)] href: String,
    #[prop(optional)] primary: bool,
    #[prop(optional)] asks: bool,
    #[prop(optional_no_strip)] denied: Option<String>,
) -> impl IntoView {
    match denied {
        Some(reason) => view! {
            <span class="denied">
                <button type="button" disabled title=reason.clone()>{label}</button>
                <span class="sr">{reason}</span>
            </span>
        }
        .into_any(),
        None => view! {
            <a class=if primary { "button primary" } else { "button" } href=href data-ask=asks.then_some("")>{label}</a>
        }
        .into_any(),
    }
}

/// An act that happens at once: a form of one button. What one may not do stays visible, with the reason.
#[component]
pub fn Press(
    #[prop(into)] label: String,
    /// Where the form posts to.
    #[prop(into)]
    action: String,
    act: InPlace,
    #[prop(optional)] primary: bool,
    /// Asked with `GET`: it changes nothing.
    #[prop(optional)]
    get: bool,
    /// What the form carries along: `(name, value)`.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// The element that the answer is told in (a selector).
    #[prop(optional, into)]
    outcome: Option<String>,
    #[prop(optional_no_strip)] denied: Option<String>,
) -> impl IntoView {
    let disabled = denied.is_some();
    let method = if get { "get" } else { "post" };
    view! {
        <form
            method=method
            action=action
            data-act=act.function
            data-with=act.with
            data-outcome=outcome
        >
            {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
            <button type="submit" class=primary.then_some("primary") disabled=disabled title=denied>{label}</button>
        </form>
    }
}
