//! What is said of a run at its end: the document for programs, the words for people, and the exit code.

mod words;

use serde::Serialize;

use words::words;
pub use words::{excerpt, place};

use super::Session;
use super::print::{Format, Printer, number, or_dash};
use crate::Platform;
use crate::clock::{rfc3339, span};
use crate::engine::Category;
use crate::error::Result;
use crate::runs::{self, Failure, Kind, Reason, Run, Status, Task, TaskCounts, TaskFilter, TaskStatus, WaveStatus};
use crate::tenants::Drift;

/// The end of a run as JSON: keys are a contract.
#[derive(Serialize)]
pub struct Summary {
    run: Option<i64>,
    kind: Kind,
    status: Status,
    tenants: TaskCounts,
    migrations_applied: i64,
    ms: Option<i64>,
    failures: Vec<Failed>,
    drifted: Vec<Drift>,
    uncompared: Vec<String>,
}

/// One failed tenant.
#[derive(Serialize)]
struct Failed {
    tenant: String,
    attempt: i64,
    #[serde(flatten)]
    failure: Option<Failure>,
}

/// `neo run show`: the same and more.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    summary: Summary,
    state: Status,
    actor: &'a str,
    reason: Option<&'a str>,
    halt_reason: Option<&'a str>,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    planned_for: Option<String>,
    waves: Vec<Wave>,
}

/// One wave, with times as people read them.
#[derive(Serialize)]
struct Wave {
    wave: i64,
    name: String,
    status: Status,
    tenants: TaskCounts,
    started_at: Option<String>,
    finished_at: Option<String>,
}

impl From<WaveStatus> for Wave {
    fn from(w: WaveStatus) -> Self {
        Self {
            wave: w.wave,
            name: w.name,
            status: w.status,
            tenants: w.tenants,
            started_at: w.started_at.map(rfc3339),
            finished_at: w.finished_at.map(rfc3339),
        }
    }
}

/// One line of `neo run list`.
#[derive(Serialize)]
pub struct Listed {
    run: i64,
    kind: Kind,
    status: Status,
    tenants: TaskCounts,
    actor: String,
    reason: Option<String>,
    created_at: String,
    started_at: Option<String>,
    ms: Option<i64>,
}

impl From<Run> for Listed {
    fn from(run: Run) -> Self {
        Self {
            run: run.number,
            kind: run.kind,
            status: run.status,
            tenants: run.tenants,
            actor: run.actor,
            reason: run.reason,
            created_at: rfc3339(run.created_at),
            started_at: run.started_at.map(rfc3339),
            ms: run.ms,
        }
    }
}

impl Listed {
    pub fn row(&self) -> Vec<String> {
        let t = &self.tenants;
        vec![
            self.run.to_string(),
            self.kind.to_string(),
            self.status.to_string(),
            number(t.total),
            number(t.migrated),
            number(t.current),
            number(t.failed),
            self.actor.clone(),
            or_dash(self.started_at.as_ref()),
            self.ms.map_or_else(|| "-".into(), span),
        ]
    }
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
        Format::Json => printer.json(&summary(session, platform, &run, &failed).await?),
        // The events have told everything.
        Format::Ndjson => {}
        Format::Table | Format::Plain => words(session, platform, &run).await?,
    }
    Ok(code)
}

/// `neo run show`.
pub async fn show(session: &Session, platform: &Platform, run: &Run) -> Result<()> {
    let printer = session.printer;
    let waves = runs::waves(platform, &session.actor, run.number).await?;
    if printer.is_json() {
        let failed = failed_tasks(session, platform, run).await?;
        printer.json(&Shown {
            summary: summary(session, platform, run, &failed).await?,
            state: run.status,
            actor: &run.actor,
            reason: run.reason.as_deref(),
            halt_reason: run.halt_reason.as_deref(),
            created_at: rfc3339(run.created_at),
            started_at: run.started_at.map(rfc3339),
            finished_at: run.finished_at.map(rfc3339),
            planned_for: run.not_before.map(rfc3339),
            waves: waves.into_iter().map(Wave::from).collect(),
        });
        return Ok(());
    }
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

async fn summary(session: &Session, platform: &Platform, run: &Run, failed: &[Task]) -> Result<Summary> {
    Ok(Summary {
        run: Some(run.number),
        kind: run.kind,
        status: run.status,
        tenants: run.tenants,
        migrations_applied: run.migrations_applied,
        ms: run.ms,
        failures: failed
            .iter()
            .map(|task| Failed { tenant: task.tenant.clone(), attempt: task.attempt, failure: task.failure.clone() })
            .collect(),
        drifted: drifted(session, platform, run).await?,
        uncompared: uncompared(session, platform, run).await?,
    })
}

async fn failed_tasks(session: &Session, platform: &Platform, run: &Run) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    if run.tenants.failed == 0 {
        return Ok(tasks);
    }
    let mut filter = TaskFilter { status: Some(TaskStatus::Failed), limit: 500, ..TaskFilter::default() };
    loop {
        let page = runs::tasks(platform, &session.actor, run.number, &filter).await?;
        tasks.extend(page.tasks);
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(tasks),
        }
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
