//! Every tenant's part in a run: failed first, the error in the row.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{Kind, Reason, Task, TaskStatus};

use super::model::One;
use crate::may::{denied, denied_or};
use crate::query::Query;
use crate::rooms::runs::ways_on::not_rerunnable;
use crate::rooms::runs::why::is_to_resolve;
use crate::rooms::runs::words::{ALONE, done, failure_line, task_mark};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{duration, number, sentence, version};
use crate::ui::{Act, Column, Empty, Pager, Pill, Pills, Status, Table, Time};

pub fn view(one: &One) -> AnyView {
    let page = &one.page;
    let next = page.next.clone().map(|cursor| one.href(&one.query.at("after", cursor)));
    let first = one.query.get("after").map(|_| one.href(&one.query.without("after")));
    let gone = one.run.pruned_at.map(|at| {
        view! {
            <p class="muted">
                "Only tenants that failed are listed any more: what was kept of the others was taken away "<Time ms=at />", since the run ended long ago. They are counted above."
            </p>
        }
    });
    let body = if page.tasks.is_empty() && gone.is_some() {
        ().into_any()
    } else if page.tasks.is_empty() {
        let all = one.path();
        view! { <Empty title="No tenant of this run is like that"><a class="button" href=all>"Show all"</a></Empty> }
            .into_any()
    } else {
        let rows = page.tasks.iter().map(|task| row(one, task)).collect_view();
        let caption = format!("Tenants of run {}", one.run.number);
        view! {
            <Table caption=caption columns=columns() id=Some("run-tasks".to_owned())><tbody>{rows}</tbody></Table>
            <Pager before=page.before shown=page.tasks.len() as i64 total=page.total previous=first next=next />
        }
        .into_any()
    };
    view! { {toolbar(one)}{gone}{body} }.into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Status"),
        Column::new("Tenant"),
        Column::new("Server"),
        Column::new("From → to"),
        Column::num("Took"),
        Column::num("Attempts"),
        Column::hidden("Acts"),
    ]
}

fn toolbar(one: &One) -> AnyView {
    let hidden = ["status", "reason", "cause"].into_iter().flat_map(|name| {
        one.query.all(name).map(move |value| view! { <input type="hidden" name=name value=value.to_owned() /> })
    });
    view! {
        <div class="bar" id="run-pills" data-live="">
            <Pills label="Show tenants by status" pills=pills(one) />
            <span class="grow"></span>
            <form method="get" action=one.path() role="search" aria-label="Find a tenant in this run">
                {hidden.collect_view()}
                <input
                    type="search"
                    name="q"
                    value=one.query.text("q").to_owned()
                    placeholder="Find a tenant"
                    aria-label="Find a tenant"
                    data-filter=""
                />
            </form>
            <span class="muted">"failed first"</span>
        </div>
    }
    .into_any()
}

fn pills(one: &One) -> Vec<Pill> {
    let (tenants, is_live) = (&one.run.tenants, !one.run.status.is_over());
    let pill = |word: &str, status: TaskStatus, reason: Option<Reason>, count: i64| {
        let query = Query::from([("status", status.as_str())]);
        let query = reason.iter().fold(query, |query, reason| query.with("reason", reason.as_str()));
        let is_asked = reason.is_none_or(|reason| one.query.has("reason", reason.as_str()));
        let current = one.query.has("status", status.as_str()) && is_asked;
        // As in the bar: what it may come to has its place.
        let to_come = is_live && matches!(status, TaskStatus::Failed | TaskStatus::Running | TaskStatus::Queued);
        (count > 0 || current || to_come).then(|| Pill {
            label: format!("{} {}", sentence(word), number(count)),
            href: one.href(&query),
            current,
            bad: status == TaskStatus::Failed && count > 0,
        })
    };
    let all =
        Pill { label: format!("All {}", number(tenants.total)), href: one.path(), current: one.is_all(), bad: false };
    [
        pill("failed", TaskStatus::Failed, None, tenants.failed),
        pill("unknown", TaskStatus::Unknown, None, tenants.unknown),
        pill("running", TaskStatus::Running, None, tenants.running),
        pill("queued", TaskStatus::Queued, None, tenants.queued),
        pill(done(one.run.kind), TaskStatus::Succeeded, Some(Reason::Migrated), tenants.migrated),
        pill("current", TaskStatus::Succeeded, Some(Reason::Current), tenants.current),
        pill("drifted", TaskStatus::Succeeded, Some(Reason::Drifted), tenants.drifted),
        pill(ALONE, TaskStatus::Succeeded, Some(Reason::Uncompared), tenants.uncompared),
        pill("skipped", TaskStatus::Skipped, None, tenants.skipped),
        pill("cancelled", TaskStatus::Cancelled, None, tenants.cancelled),
    ]
    .into_iter()
    .flatten()
    .chain([all])
    .collect()
}

fn row(one: &One, task: &Task) -> AnyView {
    let slug = task.tenant.clone();
    let (mark, said) = task_mark(task, one.run.kind);
    let error = task.failure.as_ref().filter(|_| task.status == TaskStatus::Failed).map(failure_line);
    let lost = (task.status == TaskStatus::Unknown)
        .then(|| "Its worker went away; the ledger is read before anything else happens here.".to_owned());
    let told = error.or(lost);
    let class = told.is_some().then_some("failed told");
    let log = format!("{}#log", one.href(&one.query.with("tenant", slug.clone())));
    let steps = match one.run.kind {
        Kind::Provision | Kind::Rotate | Kind::Backup => None,
        _ => Some(format!("{} → {}", version(task.from_version), version(task.to_version))),
    };
    let rerun = matches!(task.status, TaskStatus::Failed | TaskStatus::Unknown | TaskStatus::Cancelled).then(|| {
        let href = Query::from([("tenant", slug.as_str())]).href(&format!("{}/rerun", one.path()));
        let closed = not_rerunnable(&one.run);
        view! { <Act label="Rerun" href=href asks=true denied=denied_or(&one.actor, Permission::Rerun, closed) /> }
    });
    let skip = matches!(task.status, TaskStatus::Failed | TaskStatus::Unknown).then(|| {
        let href = Query::from([("tenant", slug.as_str())]).href(&format!("{}/skip", one.path()));
        let closed = not_rerunnable(&one.run);
        view! { <Act label="Skip…" href=href asks=true denied=denied_or(&one.actor, Permission::Operate, closed) /> }
    });
    let half_done = task.failure.as_ref().filter(|_| task.status == TaskStatus::Failed).is_some_and(is_to_resolve);
    let resolve = half_done.then(|| {
        let href = tenants::part(&slug, "resolve");
        view! { <Act label="Resolve…" href=href denied=denied(&one.actor, Permission::Resolve) /> }
    });
    view! {
        <tr class=class data-task=slug.clone() data-done=sentence(done(one.run.kind))>
            <td data-cell="status"><Status mark=mark word=said /></td>
            <td>
                <a href=tenants::one(&slug)>{task.tenant_name.clone()}</a>
                <br />
                <span class="mono">{slug.clone()}</span>
            </td>
            <td>{task.server.clone()}</td>
            <td class="mono nowrap">{steps}</td>
            <td class="num" data-cell="ms" data-label="Took">{task.ms.map(duration)}</td>
            <td class="num" data-cell="attempt" data-label="Attempts">
                {(task.attempt > 0).then(|| view! { <a href=log aria-label=format!("{}, attempts of {slug}", task.attempt)>{task.attempt}</a> })}
            </td>
            <td><div class="acts">{skip}{resolve}{rerun}</div></td>
        </tr>
        {told.map(|error| view! {
            <tr class="failed" data-task=task.tenant.clone() data-part="error">
                <td></td>
                <td colspan="6" class="under"><span class="err">{error}</span></td>
            </tr>
        })}
    }
    .into_any()
}
