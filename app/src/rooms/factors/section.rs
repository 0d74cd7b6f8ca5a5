//! The second factor on the page of the account.

use leptos::prelude::*;
use neo_model::SecondFactor;

use super::links;
use crate::ui::{Act, Banner, Time, Tone};

/// How it stands, and what can be done about it.
pub fn section(factor: SecondFactor, recovered: bool) -> impl IntoView {
    let banner = recovered.then(|| {
        let title = "You signed in with a recovery code: it is used up.";
        view! {
            <Banner tone=Tone::Warn title=title>
                "If the telephone is lost, remove the second factor (a recovery code does for that as well) and set up another; if a device with a passkey is, remove that below."
            </Banner>
        }
    });
    let required = factor.required.then_some(" Your role needs one, or a passkey.");
    // They are for whoever has lost a passkey, too.
    let codes = (factor.confirmed_at.is_some() || factor.passkeys > 0).then(|| {
        let left = factor.recovery_codes_left;
        let used = factor.recovery_code_used_at.map(|at| view! { ". One was used last "<Time ms=at /> });
        view! {
            <p>{format!("{left} of 10 recovery codes are left")}{used}"."</p>
            <form method="post" action=links::CODES class="acts">
                <button type="submit">"New recovery codes"</button>
            </form>
        }
    });
    let body = match factor.confirmed_at {
        None => view! {
            <p class="muted">"Codes of an app on your telephone, asked for after the password."{required}</p>
            <form method="post" action=links::BEGIN class="acts">
                <button type="submit">"Set up"</button>
            </form>
        }
        .into_any(),
        Some(since) => view! {
            <p>"On since "<Time ms=since />"."{required}</p>
            <div class="acts"><Act label="Remove…" href=links::REMOVE /></div>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="second-factor">
            <h2 id="second-factor">"Second factor"</h2>
            {banner}
            {body}
            {codes}
        </section>
    }
}
