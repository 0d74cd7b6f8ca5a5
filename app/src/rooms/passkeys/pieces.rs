//! Forms that only a script can send (`public/passkey.js`): hidden until there is one, and a browser that has passkeys.

use leptos::prelude::*;
use neo::error::{Error, Kind};

use crate::page::forms::Form;
use crate::ui::Field;

/// What such a form does, and where.
pub struct ByScript {
    pub action: &'static str,
    /// Where the browser is told what to sign.
    pub options: &'static str,
    pub label: &'static str,
    /// What the form carries along: `(name, value)`.
    pub hidden: Vec<(&'static str, String)>,
}

/// A button that has a passkey sign. `email`: the id of the field with the email, where nobody is known yet.
pub fn prove(by: ByScript, email: Option<&'static str>) -> impl IntoView {
    view! {
        <form
            method="post"
            action=by.action
            data-passkey="get"
            data-options=by.options
            data-email=email
            hidden
        >
            {carried(by.hidden)}
            {email.map(|_| view! { <input type="hidden" name="email" value="" /> })}
            <p class="banner bad" role="alert" hidden></p>
            <div class="field"><button class="wide">{by.label}</button></div>
        </form>
    }
}

/// The same that makes one, under the name that is typed.
pub fn make(by: ByScript, form: &Form) -> impl IntoView + use<> {
    let error = form.error("name").map(|error| crate::ui::text::sentence(&error.message));
    let name = form.text("name").to_owned();
    view! {
        <form method="post" action=by.action class="form" data-passkey="create" data-options=by.options hidden>
            {carried(by.hidden)}
            <Field
                name="name"
                label="Name"
                hint="So that you know it again: the telephone, the laptop, the key on the ring."
                value=name
                error=error
                maxlength=100
                required=true
            />
            <p class="banner bad" role="alert" hidden></p>
            <div class="acts"><button type="submit" class="primary">{by.label}</button></div>
        </form>
    }
}

fn carried(hidden: Vec<(&'static str, String)>) -> impl IntoView {
    let fields = hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        {fields.collect_view()}
        <input type="hidden" name="answer" value="" />
    }
}

/// What is said beside such a form where there is no script for it.
pub fn without_script() -> impl IntoView {
    view! { <p class="muted" data-no-passkey="">"Passkeys need a script, and a browser that has them."</p> }
}

/// A signature that was refused is shown above the form; a name beside its field. The rest is the answer.
pub fn refuse(form: Form, error: Error) -> Result<Form, crate::error::AppError> {
    match (error.kind, error.field) {
        (Kind::Invalid, Some("answer")) => {
            let mut form = form;
            form.complain(None, error.message, error.hint);
            Ok(form)
        }
        _ => form.refuse(error),
    }
}
