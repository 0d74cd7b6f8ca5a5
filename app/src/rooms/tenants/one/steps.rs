//! The steps of a tenant that is being made, or was not made to the end: what exists now, and the two ways on.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::tenants::provision::{Step, StepRecord, StepState};

use super::model::One;
use super::overview::Steps;
use crate::may::denied;
use crate::rooms::runs::words::failure_line;
use crate::rooms::runs::{links as runs, live, why};
use crate::ui::text::{duration, sentence};
use crate::ui::{Act, Banner, Column, Mark, Status, Table, Time, Tone};

fn says(step: Step) -> &'static str {
    match step {
        Step::Reserve => "Reserve the slug, names and a sealed password",
        Step::Role => "Create the login role",
        Step::Database => "Create the database",
        Step::Rights => "Grant its rights, and nothing elsewhere",
        Step::Close => "Close the old database to applications",
        Step::Copy => "Copy the database",
        Step::Compare => "Compare the copy: schema and rows",
        Step::Migrate => "Apply the migrations",
        Step::Restore => "Restore the backup",
        Step::Admin => "Create the first admin",
        Step::Retire => "Back up and drop what it had before",
        Step::Activate => "Open it for sign-in",
    }
}

/// What keeps the page true while somebody is at it; it stands outside of what it replaces.
pub fn follow(steps: &Steps) -> Option<AnyView> {
    steps.run.as_ref().filter(|_| steps.is_live()).map(live::follow)
}

pub fn view(one: &One, steps: &Steps) -> AnyView {
    let tenant = &one.tenant;
    let live = steps.is_live();
    let title = if is_move(steps) { "Moving" } else { "Provisioning" };
    let rows = Step::ALL
        .into_iter()
        .filter_map(|step| {
            let record = steps.records.iter().find(|record| record.step == step);
            // The first admin is optional, and a backup takes the place of the migrations: told only where they are planned.
            let is_told = match step {
                Step::Admin | Step::Restore | Step::Retire => record.is_some(),
                Step::Close | Step::Copy | Step::Compare => record.is_some(),
                Step::Migrate => record.is_some() || steps.records.is_empty(),
                Step::Reserve | Step::Role | Step::Database | Step::Rights | Step::Activate => true,
            };
            is_told.then(|| row(step, record))
        })
        .collect_view();
    let columns = vec![
        Column::new("Step"),
        Column::new("Status"),
        Column::new("Began"),
        Column::num("Took"),
        Column::num("Tries"),
    ];
    let run = steps.run.as_ref().map(|run| {
        let href = runs::one(run.number);
        view! { <p class="muted">"Recorded as "<a href=href>{format!("run {}", run.number)}</a>". You can leave this page."</p> }
    });
    view! {
        {(!live).then(|| stopped(one, steps))}
        <section aria-labelledby="steps">
            <h2 id="steps">{if live { title } else { "What exists now" }}</h2>
            {run}
            <div id="provision-steps" data-live="">
                <Table caption=format!("{title} {}", tenant.slug) columns=columns><tbody>{rows}</tbody></Table>
            </div>
        </section>
    }
    .into_any()
}

fn is_move(steps: &Steps) -> bool {
    steps.records.iter().any(|record| record.step == Step::Copy)
}

fn row(step: Step, record: Option<&StepRecord>) -> AnyView {
    let state = record.map(|record| record.state);
    let mark = state.map_or(Mark::Queued, Mark::from);
    let said = sentence(state.map_or("queued", StepState::word));
    let began = record.and_then(|record| record.started_at).map(|ms| view! { <Time ms=ms /> });
    let took = record.and_then(|record| Some(duration(record.finished_at? - record.started_at?)));
    let tries = record.filter(|record| record.attempts > 0).map(|record| record.attempts.to_string());
    let failure = record.and_then(|record| record.failure.as_ref()).filter(|_| state == Some(StepState::Failed));
    let told = failure.is_some();
    view! {
        <tr class=told.then_some("failed told") data-step=step.as_str()>
            <td>{says(step)}</td>
            <td><Status mark=mark word=said /></td>
            <td class="muted nowrap">{began}</td>
            <td class="num" data-label="Took">{took}</td>
            <td class="num" data-label="Tries">{tries}</td>
        </tr>
        {failure.map(|failure| view! {
            <tr class="failed"><td colspan="5"><span class="err">{failure_line(failure)}</span></td></tr>
        })}
    }
    .into_any()
}

fn stopped(one: &One, steps: &Steps) -> AnyView {
    let failed = steps.records.iter().find(|record| record.state == StepState::Failed);
    let what = if is_move(steps) { "The move" } else { "Provisioning" };
    let title = match failed {
        Some(record) => format!("{what} stopped at “{}”", says(record.step)),
        None => format!("{what} did not come to its end"),
    };
    let detail = failed.and_then(|record| record.failure.as_ref()).map(|failure| {
        view! { <span class="err">{failure_line(failure)}</span>{why::view(failure)} }
    });
    let closed = denied(&one.actor, Permission::ProvisionTenants);
    let disabled = closed.is_some();
    let (retry, clean_up) = (one.part("retry"), one.part("clean-up"));
    view! {
        <Banner tone=Tone::Bad title=title>
            {detail}
            <div class="acts">
                <form method="post" action=retry>
                    <button type="submit" class="primary" disabled=disabled title=closed.clone()>"Retry from this step"</button>
                </form>
                <Act label="Clean up…" href=clean_up denied=closed />
            </div>
        </Banner>
    }
    .into_any()
}
