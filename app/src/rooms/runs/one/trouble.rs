//! What somebody has to know of a run before its tenants: why it stopped, what failed and why, who is not like the others.
//!
//! While it runs that is one line with a place of its own, opened by whoever wants to see it: what comes in must not push the
//! table away that somebody reads or is about to press something in. Of a run that stands or is over everything is shown.

use leptos::prelude::*;
use neo::runs::{Run, Status as Standing};

use super::model::One;
use super::{causes, drift};
use crate::rooms::runs::ways_on::way_on;
use crate::rooms::runs::words::{drifted_told, meaning};
use crate::ui::text::number;
use crate::ui::{Banner, Mark, Status, Tone};

/// So many causes are named in the line.
const NAMED: usize = 3;

/// The two regions are renewed; whether they are open is nobody's to change but the reader's.
pub fn view(one: &One) -> AnyView {
    let runs = matches!(one.run.status, Standing::Planned | Standing::Queued | Standing::Running);
    let (mark, said) = line(one);
    view! {
        <details class=if runs { "trouble" } else { "trouble all" } open=!runs>
            <summary id="run-trouble" data-live="">
                <span class="told"><Status mark=mark word=said /></span>
                <span class="shut">"Show"</span>
                <span class="opened">"Hide"</span>
            </summary>
            <div id="run-causes" data-live="">
                {banner(one)}
                {causes::view(one)}
                {drift::view(one)}
                {drift::alone(&one.run)}
            </div>
        </details>
    }
    .into_any()
}

/// All of it in one line, what stops the run first.
fn line(one: &One) -> (Mark, String) {
    let run = &one.run;
    if let Some((tone, title)) = stands(run) {
        let mark = if tone == Tone::Bad { Mark::Failed } else { Mark::Paused };
        let why = run.halt_reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        return (mark, format!("{title}{why}"));
    }
    if !one.causes.is_empty() {
        let cause = |cause: &neo::runs::Cause| format!("{} × {}", number(cause.count), meaning(cause.failure.category));
        let mut told: Vec<String> = one.causes.iter().take(NAMED).map(cause).collect();
        let more = one.causes.len().saturating_sub(NAMED) as i64;
        told.extend((more > 0).then(|| format!("{} more", number(more))));
        return (Mark::Failed, told.join(", "));
    }
    match run.tenants.drifted {
        0 => (Mark::Queued, "Nothing has failed".to_owned()),
        n => (Mark::Drifted, format!("{} {}", number(n), drifted_told(n))),
    }
}

/// In which way it stands, or goes on for a part alone.
fn stands(run: &Run) -> Option<(Tone, &'static str)> {
    match run.status {
        Standing::Halted => Some((Tone::Bad, "This run has halted by itself")),
        Standing::Paused if run.gate.is_some() => Some((Tone::Warn, "This run waits for a person")),
        Standing::Paused => Some((Tone::Warn, "This run is paused")),
        _ if run.held.is_some() => Some((Tone::Warn, "Only what failed is tried again; then this run stops as before")),
        _ => None,
    }
}

fn banner(one: &One) -> Option<AnyView> {
    let (tone, title) = stands(&one.run)?;
    let why = one.run.halt_reason.clone().map(|why| view! { <p>{why}</p> });
    let next = way_on(&one.run, &one.actor).map(|text| view! { <p>{text}</p> });
    Some(view! { <Banner tone=tone title=title>{why}{next}</Banner> }.into_any())
}
