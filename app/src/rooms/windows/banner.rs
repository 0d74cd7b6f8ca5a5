//! What is said of tenants in a maintenance window, wherever it hinders.

use leptos::prelude::*;
use neo_model::InWindow;

use super::links;
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, number};
use crate::ui::{Banner, Time, Tone};

/// Who is kept by which window, until when, and `then`: what becomes of them. Nothing where nobody is.
pub fn view(kept: &[InWindow], then: &'static str) -> Option<AnyView> {
    if kept.is_empty() {
        return None;
    }
    let lines = kept.iter().map(line).collect_view();
    Some(
        view! {
            <Banner tone=Tone::Warn title=then>
                <ul>{lines}</ul>
            </Banner>
        }
        .into_any(),
    )
}

fn line(kept: &InWindow) -> AnyView {
    let more = kept.tenants - kept.first.len() as i64;
    let more = (more > 0).then(|| format!("and {} more ", number(more)));
    let some = kept.first.iter().map(|slug| view! { <a class="mono" href=tenants::one(slug)>{slug.clone()}</a>" " });
    let some = some.collect_view();
    let window = kept.window.clone();
    view! {
        <li>
            {format!("{} in the window ", count(kept.tenants, "tenant"))}<a href=links::LIST>{window}</a>" until "
            <Time ms=kept.until />": "{some}{more}
        </li>
    }
    .into_any()
}
