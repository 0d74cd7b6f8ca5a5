//! How a tenant's schema differs from the others', where it does.

use leptos::prelude::*;
use neo::tenants::Drift;

use super::model::One;
use crate::query::Query;
use crate::rooms::runs::drift::lines;
use crate::rooms::runs::links as runs;
use crate::ui::text::count;
use crate::ui::{Banner, Time, Tone};

pub fn view(one: &One, drift: Option<&Drift>) -> Option<AnyView> {
    let seen = one.tenant.verified_at.map(|ms| view! { ", looked at "<Time ms=ms /> });
    let again = Query::from([("keys", one.tenant.slug.as_str()), ("kind", "verify")]).href(runs::NEW);
    let (told, title) = match drift {
        Some(drift) => {
            let legend = format!(
                "+ is only here, - is missing here. {} agree on {}; this one is {}",
                count(drift.agreeing, "tenant"),
                drift.norm,
                drift.fingerprint
            );
            let told = view! { {lines(drift)}<p class="muted">{legend}{seen}"."</p> }.into_any();
            (told, "Drifted: its schema is not the one that most tenants with the same migrations have")
        }
        None if one.drifted => {
            let text = "A failed run hides what differs. Mend that first, then verify.";
            (view! { <p>{text}</p> }.into_any(), "It had drifted before its last run failed")
        }
        None => return None,
    };
    Some(
        view! {
            <section id="schema">
                <Banner tone=Tone::Warn title=title>
                    {told}
                    <p><a href=again>"Verify again"</a></p>
                </Banner>
            </section>
        }
        .into_any(),
    )
}
