//! What came of a rehearsal.

use leptos::prelude::*;
use neo::runs::Rehearsal;

use crate::page::advice;
use crate::rooms::migrations;
use crate::rooms::runs::excerpt;
use crate::rooms::runs::words::place;
use crate::ui::text::{count, duration};
use crate::ui::{Banner, Mark, Status, Tone};

pub fn view(rehearsal: &Rehearsal) -> AnyView {
    let n = rehearsal.applied.len() as i64;
    let slug = &rehearsal.tenant;
    let took = format!("{}, and {} to copy", duration(rehearsal.ms), duration(rehearsal.copy_ms));
    let (tone, title) = match &rehearsal.failure {
        None if n == 0 => (Tone::Plain, format!("Nothing is pending on {slug}")),
        None => (Tone::Ok, format!("Rehearsed on a copy of {slug}: {} applied in {took}", count(n, "migration"))),
        Some(_) => {
            (Tone::Bad, format!("The rehearsal on a copy of {slug} failed after {} ({took})", count(n, "migration")))
        }
    };
    let lines = rehearsal.applied.iter().map(|one| {
        let href = migrations::links::one(one.version);
        view! { <li><Status mark=Mark::Ok word="" />" "<a class="mono" href=href>{one.migration.clone()}</a>" "{duration(one.ms)}</li> }
    }).collect_view();
    let failure = rehearsal.failure.as_ref().map(|failure| {
        let where_ = place(failure).map(|place| view! { <code>{place}</code>" " });
        let detail = failure.detail.clone().map(|detail| view! { <br /><span>{detail}</span> });
        let hint = failure.hint.as_ref().map(|hint| view! { <br /><span>{advice::view(hint)}</span> });
        let rest = (detail, hint);
        let code = failure.code.as_ref().map(|code| format!(" · code {code}"));
        view! { <li><Status mark=Mark::Failed word="" />" "{where_}<span class="err">{failure.message.clone()}{code}</span>{excerpt::view(failure)}{rest}</li> }
    });
    let left = rehearsal.left_behind.as_ref().map(|left| {
        view! { <p>"The copy could not be dropped, and holds the tenant's data: "<code>{left.clone()}</code></p> }
    });
    view! { <Banner tone=tone title=title><ul class="plain">{lines}{failure}</ul>{left}</Banner> }.into_any()
}
