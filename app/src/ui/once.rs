//! A one-time link, on the one page that shows it.

use leptos::prelude::*;
use neo_model::Mailed;

use super::bits::{Banner, CopyText, Time, Tone};
use super::text;

/// It is in no address of the console and in no other answer.
#[component]
pub fn OnceOnly(
    #[prop(into)] url: String,
    expires_at: i64,
    #[prop(optional_no_strip)] mailed: Option<Mailed>,
) -> impl IntoView {
    let mailed = mailed.map(|mailed| match mailed.why {
        Some(why) => {
            view! { <Banner tone=Tone::Bad title="It was not mailed.">{text::sentence(&why)}"."</Banner> }.into_any()
        }
        None => view! { <p>"It was mailed to them as well."</p> }.into_any(),
    });
    view! {
        <Banner tone=Tone::Warn title="Keep it now: it is not shown again." />
        {mailed}
        <p><CopyText value=url label="the link" /></p>
        <p class="muted">
            "Give it to them alone. They choose a password there, which nobody else ever knows: once, until "
            <Time ms=expires_at />". A link that they had before is worth nothing any more."
        </p>
    }
}
