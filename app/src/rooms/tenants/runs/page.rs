//! The runs that touched one tenant, and how each ended here.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::runs::{self, Kind, Run, Task};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::page;
use crate::rooms::runs::links;
use crate::rooms::runs::words::{failure_line, task_mark};
use crate::rooms::tenants::one::frame::{self, At, titled};
use crate::rooms::tenants::one::model::One;
use crate::ui::text::{duration, version};
use crate::ui::{Column, Empty, Status, Table, Time};

/// As many as one page shows; older ones are found through the list of runs.
const SHOWN: u32 = 50;

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let runs = runs::of_tenant(&app.platform, &signed.actor, &slug, SHOWN).await?;
    Ok(page(&signed, titled(&one, "runs"), move || frame::view(&one, At::Runs, view(&one, &runs))).await)
}

fn view(one: &One, runs: &[(Run, Task)]) -> AnyView {
    if runs.is_empty() {
        return view! { <Empty title="No runs yet" text="A run that touches this tenant is listed here." /> }
            .into_any();
    }
    let columns = vec![
        Column::new("Result"),
        Column::new("Run"),
        Column::new("From → to"),
        Column::num("Applied"),
        Column::num("Tries"),
        Column::num("Took"),
        Column::num("Started"),
    ];
    let rows = runs.iter().map(|(run, task)| row(&one.tenant.slug, run, task)).collect_view();
    view! { <Table caption=format!("Runs of {}", one.tenant.slug) columns=columns><tbody>{rows}</tbody></Table> }
        .into_any()
}

fn row(slug: &str, run: &Run, task: &Task) -> AnyView {
    let (mark, said) = task_mark(task, run.kind);
    let href = links::log(run.number, slug);
    let error = task.failure.as_ref().map(failure_line);
    let failed = error.is_some();
    let steps = match run.kind {
        Kind::Provision => view! { <span class="muted">"new database"</span> }.into_any(),
        Kind::Backup => view! { <span class="muted">"backup"</span> }.into_any(),
        Kind::Rotate => view! { <span class="muted">"new password"</span> }.into_any(),
        _ => format!("{} → {}", version(task.from_version), version(task.to_version)).into_any(),
    };
    view! {
        <tr class=failed.then_some("failed told")>
            <td><Status mark=mark word=said /></td>
            <td><a href=href>{format!("Run {}", run.number)}</a>{format!(" {} by {}", run.kind, run.actor)}</td>
            <td class="mono nowrap">{steps}</td>
            <td class="num" data-label="Applied">{task.applied}</td>
            <td class="num" data-label="Tries">{task.attempt}</td>
            <td class="num" data-label="Took">{task.ms.map(duration)}</td>
            <td class="num muted nowrap">{run.started_at.map(|ms| view! { <Time ms=ms /> })}</td>
        </tr>
        {error.map(|error| view! {
            <tr class="failed"><td></td><td colspan="6"><span class="err">{error}</span></td></tr>
        })}
    }
    .into_any()
}
