//! Asking before an act that cannot be taken back lightly.

use leptos::prelude::*;

use super::{CopyCli, Field};

/// A form that says what will happen (the children), with verb and count on its button. Focus starts on Cancel. With
/// `expect` the person types that word (field `confirm`), with `reason` they may say why (field `reason`, kept in the audit).
#[component]
pub fn Confirm(
    #[prop(into)] action: String,
    /// On the button: `Rerun 3 failed`.
    #[prop(into)]
    verb: String,
    /// Where Cancel leads.
    #[prop(into)]
    cancel: String,
    /// What the form carries along: `(name, value)`.
    #[prop(optional)]
    hidden: Vec<(String, String)>,
    #[prop(optional_no_strip)] expect: Option<String>,
    #[prop(optional)] reason: bool,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] cli: Option<String>,
    /// What was wrong with the word typed.
    #[prop(optional_no_strip)]
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=action class="confirm">
            {children()}
            {hidden
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            {expect
                .map(|word| {
                    view! { <Field name="confirm" label=format!("Type {word} to confirm") error=error mono=true required=true /> }
                })}
            {reason.then(|| view! { <Field name="reason" label="Reason" hint="Optional; kept with the run and in the audit." /> })}
            <div class="acts">
                <button type="submit" class=if danger { "primary danger" } else { "primary" }>{verb}</button>
                <a class="button" href=cancel autofocus>"Cancel"</a>
                {cli.filter(|command| !command.is_empty()).map(|command| view! { <CopyCli command=command /> })}
            </div>
        </form>
    }
}
