//! What cannot be done with the users of a tenant whose tables are of another shape, and why.

use leptos::prelude::*;
use neo_model::{ClosedAct, UserAct};

use crate::ui::{Banner, Tone};

/// Nothing where everything can be done.
pub fn view(closed: &[ClosedAct]) -> Option<AnyView> {
    let lines = closed.iter().map(|closed| view! { <li>{format!("{}: {}", closed.act.word(), closed.why)}</li> });
    let lines = lines.collect_view();
    (!closed.is_empty()).then(|| {
        view! {
            <Banner tone=Tone::Warn title="Its tables are not all as Neo wants them. One cannot">
                <ul>{lines}</ul>
            </Banner>
        }
        .into_any()
    })
}

pub fn why(closed: &[ClosedAct], act: UserAct) -> Option<String> {
    closed.iter().find(|closed| closed.act == act).map(|closed| format!("It cannot be done here: {}.", closed.why))
}
