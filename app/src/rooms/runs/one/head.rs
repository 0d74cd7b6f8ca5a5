//! The head of a run: what it is, who asked for it, and what can be done to it.

use leptos::prelude::*;
use neo::actor::Door;
use neo::runs::{Kind, Moment};
use neo_model::Approval;

use super::buttons;
use super::model::One;
use crate::rooms::requests::links as requests;
use crate::rooms::runs::command::command;
use crate::rooms::runs::live;
use crate::rooms::runs::words::{run_mark, title};
use crate::ui::{CopyCli, Status, Time};

/// Who let it begin, beside who asked.
fn approval(approval: Approval, is_kept: bool) -> AnyView {
    match approval {
        Approval::Approved { request, by } if !is_kept => {
            view! { {format!(", approved by {by} (request {request})")} }.into_any()
        }
        Approval::Approved { request, by } => {
            view! { ", approved by "{by}" ("<a href=requests::one(request)>{format!("request {request}")}</a>")" }
                .into_any()
        }
        Approval::WithoutApproval { .. } => " without approval".into_any(),
    }
}

pub fn view(one: &One) -> AnyView {
    let run = &one.run;
    let (mark, said) = run_mark(run);
    let to = run.to_version.filter(|_| run.kind != Kind::Provision).map(|version| {
        view! { "to "<code>{version}</code>" · " }
    });
    let started = match run.started_at {
        None if run.not_before.is_some() => {
            view! { "begins "<Time ms=run.not_before.unwrap_or_default() /> }.into_any()
        }
        Some(ms) => view! { "started "<Time ms=ms /> }.into_any(),
        None => view! { "queued "<Time ms=run.created_at /> }.into_any(),
    };
    let through = match run.door {
        Door::System => String::new(),
        door => format!(" {}", door.word()),
    };
    let approval = run.approval.clone().map(|given| approval(given, run.pruned_at.is_none()));
    let reason = run.reason.clone().map(|reason| format!(" · “{reason}”"));
    // Begun already, it would not be planned for a moment that is over.
    let at = run.not_before.filter(|_| run.started_at.is_none()).map(Moment::At);
    let command = command(&run.goal, &run.selection, &run.policy, run.reason.as_deref(), at);
    // There is room for what is said of the stream before a script says it.
    let followed = (!run.status.is_over()).then_some("followed");
    view! {
        <div class="head">
            <div>
                <h1 class=followed>{title(run)}" "{live::follow(run)}</h1>
                <p id="run-line" data-live="">
                    // When it was is last: what is told in other words once there is a script moves nothing behind it.
                    <Status mark=mark word=said />" · "{to}{format!("by {}{through}", run.actor)}{approval}{reason}" · "
                    <span class="until">{started}</span>
                </p>
            </div>
            <div class="acts" id="run-acts" data-live="">
                {command.map(|command| view! { <CopyCli command=command /> })}
                {buttons::view(one)}
            </div>
        </div>
    }
    .into_any()
}
