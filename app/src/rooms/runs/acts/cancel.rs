//! Cancelling a run asks, with what will happen to whom.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::runs::{self, Run, Status};

use super::{seen, under};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::page;
use crate::rooms::runs::api::CancelRun;
use crate::rooms::runs::words::title;
use crate::rooms::runs::{calls, links};
use crate::ui::text::{count, number};
use crate::ui::{Confirm, InPlace, Tick};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Cancel");
    Ok(page(&signed, shown, move || question(&run)).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    seen(calls::cancel(&Door::of(&app.platform, &signed)?, number, form.ticked("now")).await)
}

fn question(run: &Run) -> AnyView {
    let tenants = &run.tenants;
    let queued = match tenants.queued {
        0 => "Nothing is queued any more.".to_owned(),
        1 => "1 tenant that is queued stops now.".to_owned(),
        n => format!("{} that are queued stop now.", count(n, "tenant")),
    };
    let running = match tenants.running {
        0 => String::new(),
        1 => " 1 that is running finishes its transaction.".to_owned(),
        n => format!(" {} that are running finish their transaction.", number(n)),
    };
    let is_running = tenants.running > 0;
    let closed = (run.status == Status::Halted).then_some(" It halted: nobody can go on with it any more.");
    view! {
        <div class="head"><div><h1>{format!("Cancel run {}?", run.number)}</h1><p>{title(run)}</p></div></div>
        <Confirm
            action=links::act(run.number, "cancel")
            verb=format!("Cancel run {}", run.number)
            cancel=links::one(run.number)
            stay="Leave it"
            danger=true
            act=InPlace::of(&CancelRun { run: run.number, now: None }).typed("now", "now")
            cli=format!("neo run cancel {}", run.number)
        >
            <p>{queued}{running}" What is migrated stays migrated."{closed}</p>
            {is_running.then(|| view! {
                <Tick
                    name="now"
                    value="1"
                    label="Cancel the statements in flight as well"
                    hint="Their transactions are rolled back. On MySQL and MariaDB a file may stay half done."
                />
            })}
        </Confirm>
    }
    .into_any()
}
