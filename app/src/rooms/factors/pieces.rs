//! What is shown while a second factor is set up, on the account and at the sign-in.

use leptos::prelude::*;
use neo_model::{FactorBegun, RecoveryCodes};

use crate::page::forms::Form;
use crate::ui::text::sentence;
use crate::ui::{Banner, CopyText, Field, Qr, Tone};

/// The field for six digits, or a recovery code.
pub fn code(form: &Form, label: &'static str, hint: &'static str, autofocus: bool) -> impl IntoView + use<> {
    let error = form.error("code").map(|error| sentence(&error.message));
    view! {
        <Field
            name="code"
            label=label
            hint=hint
            error=error
            autocomplete="one-time-code"
            maxlength=40
            required=true
            autofocus=autofocus
            mono=true
        />
    }
}

/// What the telephone scans or is told, shown this once, and the field that confirms it. Without it (what was typed was wrong) the
/// field alone.
pub fn enrolment(begun: Option<FactorBegun>, form: &Form) -> impl IntoView + use<> {
    let shown = begun.map(|begun| {
        view! {
            <p>"Scan this with an authenticator app. It is shown once."</p>
            <Qr text=begun.address label="QR code for an authenticator app" />
            <p class="muted">"If the app cannot scan, type this into it:"</p>
            <p><CopyText value=begun.secret label="the secret" /></p>
        }
    });
    view! {
        {shown}
        {code(form, "Code", "The six digits that the app shows now.", true)}
    }
}

/// Shown this once.
pub fn recovery_codes(codes: RecoveryCodes) -> impl IntoView + use<> {
    let lines = codes.codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view();
    view! {
        <Banner tone=Tone::Warn title="Keep these now: they are not shown again." />
        <p>"Without the telephone each of them lets you in once. Keep them away from it: on paper, or in a password manager."</p>
        <ol class="plain mono">{lines}</ol>
    }
}
