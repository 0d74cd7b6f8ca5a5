//! Asking before an act that cannot be taken back lightly.

use leptos::prelude::*;

use super::{CopyCli, Field, InPlace};

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
    /// What the other way is called, where *Cancel* would be taken for the act.
    #[prop(optional, into)]
    stay: Option<String>,
    /// What it does, where it may be asked without a page of its own. Not for what is confirmed by typing.
    #[prop(optional_no_strip, into)]
    act: Option<InPlace>,
    children: Children,
) -> impl IntoView {
    let function = act.as_ref().map(|act| act.function);
    let with = act.as_ref().map(|act| act.with.clone());
    let typed = act.map(|act| act.typed);
    view! {
        <form method="post" action=action.clone() class="confirm" data-act=function data-with=with data-typed=typed>
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
                <a class="button" href=cancel autofocus data-close="">{stay.unwrap_or_else(|| "Cancel".to_owned())}</a>
                {cli.filter(|command| !command.is_empty()).map(|command| view! { <CopyCli command=command from=action.clone() /> })}
            </div>
        </form>
    }
}
