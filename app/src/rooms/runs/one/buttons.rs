//! The acts in the head of a run, by its state.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{self, Status, Wait};

use super::model::One;
use crate::may::{denied, denied_or};
use crate::rooms::runs::api::{PauseRun, ResumeRun};
use crate::rooms::runs::ways_on::not_rerunnable;
use crate::ui::text::{count, number};
use crate::ui::{Act, InPlace, Press};

pub fn view(one: &One) -> AnyView {
    let run = &one.run;
    let failed = run.tenants.unsettled();
    let live = !run.status.is_over();
    let draining = run.wanted.is_some();
    let pause = live && run.status != Status::Paused && !draining;
    let early = run.status == Status::Queued && run.not_before.is_some();
    let stands = matches!(run.status, Status::Paused | Status::Halted) || run.held.is_some();
    let resume = stands || run.wanted == Some(Status::Paused) || early;
    let go_on = match (run.gate, early) {
        (Some(gate), _) => {
            let (next, after) = one.follows(gate);
            match after {
                0 => format!("Begin the next wave: {}", count(next, "tenant")),
                _ if run.policy.wait == Wait::Each => {
                    format!("Begin the next wave: {}, then wait", count(next, "tenant"))
                }
                n => format!("Begin the next wave: {}, then {} more", count(next, "tenant"), number(n)),
            }
        }
        (None, true) => "Begin now".to_owned(),
        (None, false) => "Resume".to_owned(),
    };
    let operate = denied(&one.actor, Permission::Operate);
    // What has failed is no reason to go on: that is asked first, with what it means.
    let despite = resume && failed > 0;
    view! {
        {pause.then(|| {
            let act = InPlace::of(&PauseRun { run: run.number });
            view! { <Press label="Pause" action=format!("{}/pause", one.path()) act=act denied=operate.clone() /> }
        })}
        {despite.then(|| view! { <Act label="Go on…" href=format!("{}/resume", one.path()) asks=true denied=operate.clone() /> })}
        {(resume && !despite).then(|| {
            let act = InPlace::of(&ResumeRun { run: run.number });
            view! { <Press label=go_on primary=run.gate.is_some() action=format!("{}/resume", one.path()) act=act denied=operate.clone() /> }
        })}
        {(live || run.status == Status::Halted).then(|| {
            let closed = (run.wanted == Some(Status::Cancelled)).then_some("It is being cancelled.");
            view! { <Act label="Cancel…" href=format!("{}/cancel", one.path()) asks=true denied=denied_or(&one.actor, Permission::Operate, closed) /> }
        })}
        {(failed > 0 && run.kind != runs::Kind::Provision).then(|| view! {
            <Act
                label=format!("Rerun {} failed", number(failed))
                href=format!("{}/rerun", one.path())
                primary=true
                asks=true
                denied=denied_or(&one.actor, Permission::Rerun, not_rerunnable(run))
            />
        })}
    }
    .into_any()
}
