//! A one-time link, on the one page that shows it.

use leptos::prelude::*;

use super::bits::{Banner, CopyText, Time, Tone};

/// It is in no address of the console and in no other answer.
#[component]
pub fn OnceOnly(#[prop(into)] url: String, expires_at: i64) -> impl IntoView {
    view! {
        <Banner tone=Tone::Warn title="Keep it now: it is not shown again." />
        <p><CopyText value=url label="the link" /></p>
        <p class="muted">
            "Give it to them alone. They choose a password there, which nobody else ever knows: once, until "
            <Time ms=expires_at />". A link that they had before is worth nothing any more."
        </p>
    }
}
