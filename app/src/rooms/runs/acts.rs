//! What a person does to a run that is there. Pausing and resuming happen; cancelling and rerunning ask, with the count on the
//! button.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::error::{Error, Kind, Result};
use neo::runs::{self, Rerun, Run, Status, WaveStatus};

use super::one::{One, path};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::{Answer, AppError};
use crate::may::{denied, denied_or};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::ui::text::{count, number};
use crate::ui::{Act, Confirm, Nav, Tick};

/// Why nothing of this run can be tried again now.
pub fn not_rerunnable(run: &Run) -> Option<&'static str> {
    match run.kind {
        runs::Kind::Provision => Some("A provisioning is retried on the tenant's own page."),
        _ => None,
    }
}

/// The acts in the head of a run, by its state.
pub fn buttons(one: &One) -> AnyView {
    let run = &one.run;
    let failed = run.tenants.failed + run.tenants.unknown;
    let live = !run.status.is_over();
    let draining = run.wanted.is_some();
    let pause = live && run.status != Status::Paused && !draining;
    let early = run.status == Status::Queued && run.not_before.is_some();
    let stands = matches!(run.status, Status::Paused | Status::Halted) || run.held.is_some();
    let resume = stands || run.wanted == Some(Status::Paused) || early;
    let go_on = match (run.gate, early) {
        (Some(gate), _) => {
            let next = one.waves.iter().find(|wave| wave.wave == gate + 1).map_or(0, |wave| wave.tenants.queued);
            format!("Begin the next wave: {}", count(next, "tenant"))
        }
        (None, true) => "Begin now".to_owned(),
        (None, false) => "Resume".to_owned(),
    };
    let operate = denied(&one.actor, Permission::Operate);
    // What has failed is no reason to go on: that is asked first, with what it means.
    let despite = resume && failed > 0;
    view! {
        {pause.then(|| press(one, "pause", "Pause".to_owned(), operate.clone()))}
        {despite.then(|| view! { <Act label="Go on…" href=format!("{}/resume", one.path()) denied=operate.clone() /> })}
        {(resume && !despite).then(|| press(one, "resume", go_on, operate.clone()))}
        {(live || run.status == Status::Halted).then(|| {
            let closed = (run.wanted == Some(Status::Cancelled)).then_some("It is being cancelled.");
            view! { <Act label="Cancel…" href=format!("{}/cancel", one.path()) denied=denied_or(&one.actor, Permission::Operate, closed) /> }
        })}
        {(failed > 0 && run.kind != runs::Kind::Provision).then(|| view! {
            <Act
                label=format!("Rerun {} failed", number(failed))
                href=format!("{}/rerun", one.path())
                primary=true
                denied=denied_or(&one.actor, Permission::Rerun, not_rerunnable(run))
            />
        })}
    }
    .into_any()
}

/// An act that happens at once.
fn press(one: &One, act: &'static str, label: String, closed: Option<String>) -> AnyView {
    let disabled = closed.is_some();
    view! {
        <form method="post" action=format!("{}/{act}", one.path())>
            <button type="submit" disabled=disabled title=closed>{label}</button>
        </form>
    }
    .into_any()
}

pub async fn pause(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    settled(number, runs::pause(&app.platform, &signed.actor, number).await)
}

pub async fn resume(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    settled(number, runs::resume(&app.platform, &signed.actor, number).await)
}

/// What there is to do about a run that stopped by itself, in the words under its reason.
pub fn way_on(run: &Run, actor: &Actor) -> Option<String> {
    let (left, failed) = (run.tenants.queued, run.tenants.failed + run.tenants.unknown);
    if run.status != Status::Halted || left == 0 {
        return None;
    }
    let left = if left == 1 {
        "1 tenant was not begun.".to_owned()
    } else {
        format!("{} tenants were not begun.", number(left))
    };
    Some(match failed {
        0 => left,
        _ if !actor.may(Permission::Operate) => {
            format!("{left} Rerun what failed; they wait for somebody who may go on with the run.")
        }
        _ => format!("{left} Rerun what failed first: the run then goes on with them. Or go on without what failed."),
    })
}

pub async fn ask_resume(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    signed.actor.authorise(Permission::Operate)?;
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let waves = runs::waves(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Go on");
    let may_rerun = denied_or(&signed.actor, Permission::Rerun, not_rerunnable(&run));
    Ok(page(&signed, shown, move || resume_question(&run, &waves, may_rerun)).await)
}

fn resume_question(run: &Run, waves: &[WaveStatus], may_rerun: Option<String>) -> AnyView {
    let failed = run.tenants.failed + run.tenants.unknown;
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
            <p><Act label=label href=format!("{}/rerun", path(run.number)) denied=may_rerun /></p>
        }
    });
    view! {
        <div class="head"><div><h1>{format!("Go on with run {}?", run.number)}</h1><p>{super::words::title(run)}</p></div></div>
        <Confirm
            action=format!("{}/resume", path(run.number))
            verb=verb
            cancel=path(run.number)
            danger=despite
            cli=format!("neo run resume {}", run.number)
        >
            {why}
            <p>{whom}{rest}</p>
            {first}
        </Confirm>
    }
    .into_any()
}

pub async fn ask_cancel(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    signed.actor.authorise(Permission::Operate)?;
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Cancel");
    Ok(page(&signed, shown, move || cancel_question(&run)).await)
}

pub async fn cancel(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    settled(number, runs::cancel(&app.platform, &signed.actor, number, form.ticked("now")).await)
}

pub async fn ask_skip(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    signed.actor.authorise(Permission::Operate)?;
    let tenant = query.get("tenant").map(str::to_owned);
    let tenant = tenant.ok_or_else(|| Error::invalid("tenant", "which tenant is to be skipped?"))?;
    skip_question(&app, &signed, number, tenant, Form::empty()).await
}

pub async fn skip(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    let tenant = form.text("tenant").to_owned();
    let skipped =
        runs::skip(&app.platform, &signed.actor, number, std::slice::from_ref(&tenant), form.text("reason")).await;
    match skipped {
        Ok(_) => Ok(see_other(&path(number))),
        Err(error) => skip_question(&app, &signed, number, tenant, form.refuse(error)?).await,
    }
}

async fn skip_question(app: &AppState, signed: &Signed, number: i64, tenant: String, form: Form) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Skip").form(&form);
    Ok(page(signed, shown, move || {
        view! {
            <div class="head"><div><h1>{format!("Skip {tenant}?")}</h1><p>{super::words::title(&run)}</p></div></div>
            {form.summary()}
            <Confirm
                action=format!("{}/skip", path(number))
                verb=format!("Skip {tenant}")
                cancel=path(number)
                hidden=vec![("tenant".to_owned(), tenant.clone())]
                reason=true
                cli=format!("neo run skip {number} {tenant} --reason …")
            >
                <p>"This run gives up on it. It stays where it is, and the next run takes it again. Say why."</p>
            </Confirm>
        }
        .into_any()
    })
    .await)
}

/// Somebody was faster: the run's page shows how it stands now.
fn settled(number: i64, result: Result<Run>) -> Answer {
    match result {
        Ok(_) => Ok(see_other(&path(number))),
        Err(error) => Err(error.into()),
    }
}

pub async fn ask_rerun(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    signed.actor.authorise(Permission::Rerun)?;
    question(&app, &signed, number, &query, Form::empty()).await
}

pub async fn rerun(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    let what = match (form.optional("tenant"), form.optional("cause")) {
        (Some(tenant), _) => Rerun::Tenant(tenant.to_owned()),
        (None, Some(cause)) => Rerun::Cause(cause.to_owned()),
        (None, None) => Rerun::Failed,
    };
    let note = form.optional("reason").map(str::to_owned);
    match runs::rerun(&app.platform, &signed.actor, number, &what, note.as_deref()).await {
        Ok(_) => Ok(see_other(&path(number))),
        Err(error) if error.kind == Kind::Conflict => {
            let query = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            question(&app, &signed, number, &query, form.refuse(error)?).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn question(
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
            asked.error = Some(super::words::failure_line(&cause.failure));
            asked.cli = format!("neo run rerun {number} --cause {fingerprint}");
        }
        (None, None) => {
            let failed = run.tenants.failed + run.tenants.unknown;
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
                let still = crate::words::word(&run.status);
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
    Ok(page(signed, shown, move || rerun_question(&run, asked)).await)
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

fn under(number: i64, title: &str) -> Page {
    Page::new(Nav::Runs, title).under("Runs", "/runs").under(format!("Run {number}"), path(number))
}

fn rerun_question(run: &Run, asked: Asked) -> AnyView {
    view! {
        <div class="head"><div><h1>{format!("{}?", asked.verb)}</h1><p>{super::words::title(run)}</p></div></div>
        {asked.form.summary()}
        <Confirm
            action=format!("{}/rerun", path(run.number))
            verb=asked.verb
            cancel=path(run.number)
            hidden=asked.hidden
            reason=true
            cli=asked.cli
        >
            <p>{asked.said}</p>
            {asked.error.map(|error| view! { <span class="err">{error}</span> })}
        </Confirm>
    }
    .into_any()
}

fn cancel_question(run: &Run) -> AnyView {
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
        <div class="head"><div><h1>{format!("Cancel run {}?", run.number)}</h1><p>{super::words::title(run)}</p></div></div>
        <Confirm
            action=format!("{}/cancel", path(run.number))
            verb=format!("Cancel run {}", run.number)
            cancel=path(run.number)
            danger=true
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
