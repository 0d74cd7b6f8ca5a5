//! What is said of a run at its end: the document for programs, the words for people, and the exit code.

mod words;

use words::words;
pub use words::{excerpt, place};

use super::Session;
use super::print::{Format, Printer, number, or_dash};
use crate::Platform;
use crate::clock::{rfc3339, span};
use crate::engine::Category;
use crate::error::Result;
use crate::runs::{self, Kind, Reason, Row, Run, Status, Summary, Task, TaskCounts, TaskFilter};
use crate::tenants::Drift;

/// One line of `neo run list`.
pub fn cells(run: &Row) -> Vec<String> {
    let t = &run.tenants;
    vec![
        run.run.to_string(),
        run.kind.to_string(),
        run.status.to_string(),
        number(t.total),
        number(t.migrated),
        number(t.current),
        number(t.failed),
        run.actor.clone(),
        or_dash(run.started_at.as_ref()),
        run.ms.map_or_else(|| "-".into(), span),
    ]
}

/// Nothing was there to run on.
pub fn nothing(printer: Printer, kind: Kind, why: &str) -> u8 {
    if printer.is_json() {
        if printer.format == Format::Json {
            printer.json(&Summary {
                run: None,
                kind,
                status: Status::Succeeded,
                tenants: TaskCounts::default(),
                migrations_applied: 0,
                ms: Some(0),
                failures: Vec::new(),
                drifted: Vec::new(),
                uncompared: Vec::new(),
            });
        }
    } else {
        printer.line(why);
    }
    0
}

/// Says how the run stands or ended, and answers the exit code.
pub async fn conclude(session: &Session, platform: &Platform, number: i64) -> Result<u8> {
    let printer = session.printer;
    let run = runs::find(platform, &session.actor, number).await?;
    let failed = failed_tasks(session, platform, &run).await?;
    let code = match is_left_out(session, platform, &run).await? {
        true => 6,
        false => exit_code(&run, &failed),
    };
    match printer.format {
        Format::Json => printer.json(&runs::summary(platform, &session.actor, number).await?),
        // The events have told everything.
        Format::Ndjson => {}
        Format::Table | Format::Plain => words(session, platform, &run).await?,
    }
    Ok(code)
}

/// `neo run show`.
pub async fn show(session: &Session, platform: &Platform, run: &Run) -> Result<()> {
    let printer = session.printer;
    if printer.is_json() {
        printer.json(&runs::detail(platform, &session.actor, run.number).await?);
        return Ok(());
    }
    let waves = runs::waves(platform, &session.actor, run.number).await?;
    let mut fields = vec![
        ("run", run.number.to_string()),
        ("kind", run.kind.to_string()),
        ("status", run.status.to_string()),
        ("to", or_dash(run.to_version)),
        ("actor", run.actor.clone()),
        ("started", or_dash(run.started_at.map(rfc3339))),
        ("finished", or_dash(run.finished_at.map(rfc3339))),
    ];
    fields.extend(run.reason.as_ref().map(|why| ("reason", why.clone())));
    fields.extend(run.not_before.map(|at| ("planned for", rfc3339(at))));
    fields.extend(run.halt_reason.as_ref().map(|why| ("stopped", why.clone())));
    let told: Vec<_> = waves.iter().map(|w| format!("{} {}: {}", w.name, number(w.tenants.total), w.status)).collect();
    fields.extend((waves.len() > 1).then(|| ("waves", told.join(", "))));
    printer.one(&(), &fields);
    words(session, platform, run).await
}

async fn drifted(session: &Session, platform: &Platform, run: &Run) -> Result<Vec<Drift>> {
    match run.tenants.drifted {
        0 => Ok(Vec::new()),
        _ => runs::drifted(platform, &session.actor, run.number).await,
    }
}

/// The tenants that there was nothing to compare with.
async fn uncompared(session: &Session, platform: &Platform, run: &Run) -> Result<Vec<String>> {
    match run.tenants.uncompared {
        0 => Ok(Vec::new()),
        _ => runs::uncompared(platform, &session.actor, run.number).await,
    }
}

async fn failed_tasks(session: &Session, platform: &Platform, run: &Run) -> Result<Vec<Task>> {
    match run.tenants.failed {
        0 => Ok(Vec::new()),
        _ => runs::failed(platform, &session.actor, run.number).await,
    }
}

/// Whether nobody was worked on, because who there was is in quarantine.
async fn is_left_out(session: &Session, platform: &Platform, run: &Run) -> Result<bool> {
    if run.status != Status::Succeeded || run.tenants.skipped == 0 || run.tenants.skipped < run.tenants.total {
        return Ok(false);
    }
    let filter = TaskFilter { reason: Some(Reason::Quarantined), limit: 1, ..TaskFilter::default() };
    Ok(runs::tasks(platform, &session.actor, run.number, &filter).await?.total > 0)
}

/// How the command ends. A run of one tenant says why in its code; one of many only that somebody failed.
fn exit_code(run: &Run, failed: &[Task]) -> u8 {
    match run.status {
        Status::Halted | Status::Cancelled => 9,
        // At the end of a wave: neither done nor failed.
        Status::Paused if run.gate.is_some() => 9,
        _ if run.tenants.unsettled() > 0 => match failed {
            [Task { failure: Some(failure), .. }] if run.tenants.total == 1 && run.kind != Kind::Provision => {
                match failure.category {
                    Category::Lock | Category::Checksum => 6,
                    Category::Connect | Category::Timeout => 7,
                    _ => 3,
                }
            }
            _ => 3,
        },
        // A verification is asked whether all is as it should be.
        _ if run.kind == Kind::Verify && run.tenants.drifted > 0 => 8,
        _ => 0,
    }
}
