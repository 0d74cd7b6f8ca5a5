//! What is said of a run at its end: the document for programs, the words for people, and the exit code.

mod words;

use neo_model::FailedTenant;
use words::words;
pub use words::{excerpt, place};

use super::Session;
use super::central::Central;
use super::print::{self, Format, Printer, or_dash};
use crate::clock::span;
use crate::engine::Category;
use crate::error::Result;
use crate::runs::{Detail, Kind, Reason, Row, Status, Summary, TaskCounts, TaskFilter};

/// One line of `neo run list`.
pub fn cells(run: &Row) -> Vec<String> {
    let t = &run.tenants;
    vec![
        run.run.to_string(),
        run.kind.to_string(),
        run.status.to_string(),
        print::number(t.total),
        print::number(t.migrated),
        print::number(t.current),
        print::number(t.failed),
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
                quarantined: Vec::new(),
            });
        }
    } else {
        printer.line(why);
    }
    0
}

/// Says how the run stands or ended, and answers the exit code.
pub async fn conclude(session: &Session, central: &dyn Central, number: i64) -> Result<u8> {
    let printer = session.printer;
    let run = central.run(number).await?;
    let code = match is_left_out(central, &run.summary).await? {
        true => 6,
        false => exit_code(&run),
    };
    match printer.format {
        Format::Json => printer.json(&run.summary),
        // The events have told everything.
        Format::Ndjson => {}
        Format::Table | Format::Plain if run.summary.kind == Kind::Backup => {
            let found = central.backups(None).await?;
            found.iter().rev().filter(|made| made.run == Some(number)).for_each(|made| printer.line(&made.file));
            words(session, printer.aside(), central, &run).await?;
        }
        Format::Table | Format::Plain => words(session, printer, central, &run).await?,
    }
    Ok(code)
}

/// `neo run show`.
pub async fn show(session: &Session, central: &dyn Central, number: i64) -> Result<()> {
    let printer = session.printer;
    let run = central.run(number).await?;
    if printer.is_json() {
        printer.json(&run);
        return Ok(());
    }
    let mut fields = vec![
        ("run", number.to_string()),
        ("kind", run.summary.kind.to_string()),
        ("status", run.state.to_string()),
        ("to", or_dash(run.to_version)),
        ("actor", run.actor.clone()),
        ("started", or_dash(run.started_at.as_ref())),
        ("finished", or_dash(run.finished_at.as_ref())),
    ];
    fields.extend(run.reason.as_ref().map(|why| ("reason", why.clone())));
    fields.extend(run.planned_for.as_ref().map(|at| ("planned for", at.clone())));
    fields.extend(run.halt_reason.as_ref().map(|why| ("stopped", why.clone())));
    fields.extend(run.despite_windows.as_ref().map(|why| ("despite windows", why.clone())));
    let waves = run.waves.iter();
    let told: Vec<_> = waves.map(|w| format!("{} {}: {}", w.name, print::number(w.tenants.total), w.status)).collect();
    fields.extend(
        run.pruned_at.as_ref().map(|at| ("not kept", format!("tasks and events but those of who failed, since {at}"))),
    );
    fields.extend((run.waves.len() > 1).then(|| ("waves", told.join(", "))));
    printer.one(&(), &fields);
    words(session, printer, central, &run).await
}

/// Whether nobody was worked on, because who there was is in quarantine.
async fn is_left_out(central: &dyn Central, run: &Summary) -> Result<bool> {
    let (Some(number), Status::Succeeded) = (run.run, run.status) else { return Ok(false) };
    if run.tenants.skipped == 0 || run.tenants.skipped < run.tenants.total {
        return Ok(false);
    }
    let filter = TaskFilter { reason: Some(Reason::Quarantined), limit: 1, ..TaskFilter::default() };
    Ok(central.tasks(number, &filter).await?.total > 0)
}

/// How the command ends. A run of one tenant says why in its code; one of many only that somebody failed.
fn exit_code(run: &Detail) -> u8 {
    let Summary { status, tenants, kind, failures, .. } = &run.summary;
    match status {
        Status::Halted | Status::Cancelled => 9,
        // At the end of a wave: neither done nor failed.
        Status::Paused if run.gate.is_some() => 9,
        _ if tenants.unsettled() > 0 => match failures.as_slice() {
            [FailedTenant { failure: Some(failure), .. }] if tenants.total == 1 && *kind != Kind::Provision => {
                match failure.category {
                    Category::Lock | Category::Checksum => 6,
                    Category::Connect | Category::Timeout => 7,
                    _ => 3,
                }
            }
            _ => 3,
        },
        // A verification is asked whether all is as it should be.
        _ if *kind == Kind::Verify && tenants.drifted > 0 => 8,
        // Whoever names a tenant to which nothing was done is not told that all went well. A file has no password: nothing is left to do.
        _ if run.named && tenants.skipped > 0 && *kind != Kind::Rotate => 6,
        _ => 0,
    }
}
