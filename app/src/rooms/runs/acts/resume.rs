//! Pausing happens; going on happens, or asks when something has failed.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{self, Run, WaveStatus};

use super::{seen, under};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::may::denied_or;
use crate::page::render::page;
use crate::rooms::runs::api::ResumeRun;
use crate::rooms::runs::ways_on::not_rerunnable;
use crate::rooms::runs::words::title;
use crate::rooms::runs::{calls, links};
use crate::ui::text::{count, number};
use crate::ui::{Act, Confirm, InPlace};

pub async fn pause(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    seen(calls::pause(&Door::of(&app.platform, &signed)?, number).await)
}

pub async fn resume(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    seen(calls::resume(&Door::of(&app.platform, &signed)?, number).await)
}

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let waves = runs::waves(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Go on");
    let may_rerun = denied_or(&signed.actor, Permission::Rerun, not_rerunnable(&run));
    Ok(page(&signed, shown, move || question(&run, &waves, may_rerun)).await)
}

fn question(run: &Run, waves: &[WaveStatus], may_rerun: Option<String>) -> AnyView {
    let failed = run.tenants.unsettled();
    let despite = failed > 0;
    let why = run.halt_reason.clone().map(|why| view! { <p>{format!("It stopped: {why}.")}</p> });
    let next = run.gate.and_then(|gate| waves.iter().find(|wave| wave.wave == gate + 1));
    let begun = next.map_or(run.tenants.queued, |wave| wave.tenants.queued);
    let after: i64 =
        waves.iter().filter(|w| next.is_some_and(|next| w.wave > next.wave)).map(|w| w.tenants.queued).sum();
    let whom = match next {
        Some(wave) => format!("The next wave ({}) begins: {}.", wave.name, count(begun, "tenant")),
        None => format!("{} not begun yet {} next.", count(begun, "tenant"), if begun == 1 { "is" } else { "are" }),
    };
    let rest = (after > 0).then(|| format!(" After it {} more.", number(after)));
    let verb = match failed {
        0 => format!("Go on with {}", count(begun, "tenant")),
        n => format!("Go on with {} although {} failed", count(begun, "tenant"), number(n)),
    };
    let first = (failed > 0).then(|| {
        let label = format!("Rerun {} failed first", number(failed));
        view! {
            <p>"Whatever made "{if failed == 1 { "it" } else { "them" }}" fail may be waiting for the others as well. What failed stays failed until it is rerun."</p>
            <p><Act label=label href=links::act(run.number, "rerun") asks=true denied=may_rerun /></p>
        }
    });
    view! {
        <div class="head"><div><h1>{format!("Go on with run {}?", run.number)}</h1><p>{title(run)}</p></div></div>
        <Confirm
            action=links::act(run.number, "resume")
            verb=verb
            cancel=links::one(run.number)
            danger=despite
            act=InPlace::of(&ResumeRun { run: run.number })
            cli=format!("neo run resume {}", run.number)
        >
            {why}
            <p>{whom}{rest}</p>
            {first}
        </Confirm>
    }
    .into_any()
}
