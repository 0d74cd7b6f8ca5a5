//! Trying again what failed: all of it, one cause, or one tenant.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::error::Error;
use neo::runs::{self, Run, Status};

use super::under;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::page::typed::Typed;
use crate::query::Query;
use crate::rooms::runs::api::RerunRun;
use crate::rooms::runs::calls::{self, Again};
use crate::rooms::runs::links;
use crate::rooms::runs::words::{failure_line, title};
use crate::ui::text::{count, number};
use crate::ui::{Confirm, InPlace};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    asked_page(&app, &signed, number, &query, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, typed: Typed<Again>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|again| calls::rerun(&door, number, again)).await? {
        Ok(run) => Ok(see_other(&links::one(run.run))),
        Err(form) => {
            let query = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            asked_page(&app, &signed, number, &query, form).await
        }
    }
}

impl TryFrom<&Form> for Again {
    type Error = Error;

    fn try_from(form: &Form) -> neo::Result<Self> {
        let said = |name: &str| form.optional(name).map(str::to_owned);
        let tenants = said("tenant").map(|tenant| vec![tenant]);
        let cause = said("cause").filter(|_| tenants.is_none());
        Ok(Self { failed: None, cause, tenants, note: said("reason") })
    }
}

async fn asked_page(
    app: &AppState,
    signed: &Signed,
    number: i64,
    query: &Query,
    form: Form,
) -> std::result::Result<Response, AppError> {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let mut asked = Asked { form, ..Asked::default() };
    match (query.get("tenant"), query.get("cause")) {
        (Some(tenant), _) => {
            asked.hidden.push(("tenant".into(), tenant.to_owned()));
            asked.verb = format!("Rerun {tenant}");
            asked.said = format!("{tenant} gets a new attempt in this run; what it did before is kept.");
            asked.cli = format!("neo run rerun {number} --tenant {tenant}");
        }
        (None, Some(fingerprint)) => {
            let causes = runs::causes(&app.platform, &signed.actor, number).await?;
            let cause = causes
                .into_iter()
                .find(|cause| cause.fingerprint == fingerprint)
                .ok_or_else(|| Error::not_found("cause", fingerprint))?;
            asked.hidden.push(("cause".into(), fingerprint.to_owned()));
            asked.verb = format!("Rerun {}", count(cause.count, "tenant"));
            asked.said = format!(
                "{} failed with the same cause, and {} a new attempt in this run: {}{}",
                count(cause.count, "tenant"),
                gets(cause.count),
                cause.tenants.join(", "),
                if cause.count > cause.tenants.len() as i64 { " and more." } else { "." },
            );
            asked.error = Some(failure_line(&cause.failure));
            asked.cli = format!("neo run rerun {number} --cause {fingerprint}");
        }
        (None, None) => {
            let failed = run.tenants.unsettled();
            asked.verb = format!("Rerun {} failed", self::number(failed));
            asked.said = format!(
                "{} {} a new attempt in this run; what was done before is kept.",
                count(failed, "failed tenant"),
                gets(failed),
            );
            asked.cli = format!("neo run rerun {number}");
        }
    }
    if matches!(run.status, Status::Halted | Status::Paused) && run.tenants.queued > 0 {
        let others = match run.tenants.queued {
            1 => "the 1 tenant that was not begun".to_owned(),
            n => format!("the {} tenants that were not begun", self::number(n)),
        };
        asked.said.push_str(&match run.gate {
            _ if !signed.actor.may(Permission::Operate) => {
                let still = run.status.word();
                format!(
                    " The run is {still} after that: {others} wait{} for somebody who may go on with it.",
                    if run.tenants.queued == 1 { "s" } else { "" }
                )
            }
            Some(_) => format!(" When nothing fails any more, the run goes on with {others}."),
            None => format!(" The run goes on with {others} as well."),
        });
    }
    let shown = under(number, "Rerun").form(&asked.form);
    Ok(page(signed, shown, move || question(&run, asked)).await)
}

fn gets(n: i64) -> &'static str {
    if n == 1 { "gets" } else { "get" }
}

#[derive(Default)]
struct Asked {
    hidden: Vec<(String, String)>,
    verb: String,
    said: String,
    error: Option<String>,
    cli: String,
    form: Form,
}

fn question(run: &Run, asked: Asked) -> AnyView {
    let carried = |name: &str| asked.hidden.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let (cause, tenants) = (carried("cause"), carried("tenant").map(|tenant| vec![tenant]));
    let failed = (cause.is_none() && tenants.is_none()).then_some(true);
    let rerun = RerunRun { run: run.number, failed, cause, tenants, note: None };
    view! {
        <div class="head"><div><h1>{format!("{}?", asked.verb)}</h1><p>{title(run)}</p></div></div>
        {asked.form.summary()}
        <Confirm
            action=links::act(run.number, "rerun")
            verb=asked.verb
            cancel=links::one(run.number)
            hidden=asked.hidden
            reason=true
            act=InPlace::of(&rerun).typed("reason", "note")
            cli=asked.cli
        >
            <p>{asked.said}</p>
            {asked.error.map(|error| view! { <span class="err">{error}</span> })}
        </Confirm>
    }
    .into_any()
}
