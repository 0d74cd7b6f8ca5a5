//! How far a run is: its tenants in segments, and the time.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{self, Kind, Reason, Run, TaskStatus};

use super::model::One;
use super::waves;
use crate::may::denied;
use crate::query::Query;
use crate::rooms::runs::links;
use crate::rooms::runs::words::{ALONE, done, drifted_apart};
use crate::rooms::windows;
use crate::ui::text::{count, duration, number};
use crate::ui::{Act, Banner, FleetBar, Legend, Mark, Segment, Tone};

pub fn view(one: &One) -> AnyView {
    let (run, tenants) = (&one.run, &one.run.tenants);
    let at = |status: TaskStatus, reason: Option<Reason>| {
        let query = Query::from([("status", status.as_str())]);
        reason.map_or_else(|| query.clone(), |reason| query.with("reason", reason)).href(&one.path())
    };
    let part = |word: &str, mark, count, href: String| Segment::new(word, mark, count).href(href);
    let mut failed = part("failed", Mark::Failed, tenants.failed, at(TaskStatus::Failed, None));
    if !one.causes.is_empty() {
        failed = failed.note(count(one.causes.len() as i64, "cause"));
    }
    let drifted = part("drifted", Mark::Drifted, drifted_apart(run), at(TaskStatus::Succeeded, Some(Reason::Drifted)));
    let mut succeeded = match run.kind {
        // Nothing is done in it but to look.
        Kind::Verify => {
            let same = tenants.migrated + tenants.current - tenants.drifted - tenants.uncompared;
            let alone =
                part(ALONE, Mark::Skipped, tenants.uncompared, at(TaskStatus::Succeeded, Some(Reason::Uncompared)));
            vec![part(done(run.kind), Mark::Ok, same, at(TaskStatus::Succeeded, None)), drifted, alone]
        }
        _ => vec![
            part(done(run.kind), Mark::Ok, tenants.migrated, at(TaskStatus::Succeeded, Some(Reason::Migrated))),
            part("current", Mark::Ok, tenants.current, at(TaskStatus::Succeeded, Some(Reason::Current))),
        ],
    };
    if drifted_apart(run) == 0 && tenants.drifted > 0 {
        let whose = usize::from(tenants.migrated == 0);
        succeeded[whose] = succeeded[whose].clone().note(format!("{} drifted", number(tenants.drifted)));
    }
    let others = [
        failed,
        part("unknown", Mark::Unknown, tenants.unknown, at(TaskStatus::Unknown, None)),
        part("running", Mark::Running, tenants.running, at(TaskStatus::Running, None)),
        part("queued", Mark::Queued, tenants.queued, at(TaskStatus::Queued, None)),
        part("skipped", Mark::Skipped, tenants.skipped, at(TaskStatus::Skipped, None)),
        part("cancelled", Mark::Cancelled, tenants.cancelled, at(TaskStatus::Cancelled, None)),
    ];
    // What a run that goes on may come to has its place from the beginning: a part more would push away what is below.
    let to_come: &[Mark] = if run.status.is_over() { &[] } else { &[Mark::Failed, Mark::Running, Mark::Queued] };
    let segments: Vec<Segment> = succeeded
        .into_iter()
        .chain(others)
        .filter(|part| part.count > 0 || part.word == done(run.kind) || to_come.contains(&part.mark))
        .collect();
    view! {
        {kept(one)}
        <FleetBar segments=segments.clone() />
        <Legend segments=segments more=times(run, !one.windows.is_empty()) />
        {waves::view(one)}
    }
    .into_any()
}

/// Who waits for the end of a maintenance window, and who may go past it; or why none is heeded.
fn kept(one: &One) -> Option<AnyView> {
    if let Some(why) = &one.run.despite_windows {
        let title = "It goes on in spite of maintenance windows";
        let why = format!("“{why}”");
        return (!one.run.status.is_over())
            .then(|| view! { <Banner tone=Tone::Plain title=title><p>{why}</p></Banner> }.into_any());
    }
    let waiting =
        windows::banner::view(&one.windows, "These wait for the end of a maintenance window, and are begun then")?;
    let denied = denied(&one.actor, Permission::PassWindows);
    let href = links::act(one.run.number, "pass-windows");
    Some(
        view! { {waiting}<div class="acts"><Act label="Go on in spite of it…" href=href denied=denied /></div> }
            .into_any(),
    )
}

/// How long it took, or how long it will: from what is done, at the pace so far. Who waits for a window waits at no pace, and
/// who was skipped took no time.
fn times(run: &Run, waits: bool) -> Vec<(String, String)> {
    let Some(ms) = run.ms else { return Vec::new() };
    let left = run.tenants.open();
    let finished = run.tenants.total - left - run.tenants.skipped;
    if run.status.is_over() {
        return vec![(duration(ms), "in all".to_owned())];
    }
    // While it stands, nothing brings its end nearer.
    if finished == 0 || left == 0 || waits || run.status == runs::Status::Paused {
        return vec![(duration(ms), "so far".to_owned())];
    }
    let remaining = ms / finished * left;
    vec![(duration(remaining), format!("left, of {}", duration(ms + remaining)))]
}
