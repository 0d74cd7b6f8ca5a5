//! What is said of a run at its end: the document for programs, the words for people, and the exit code.

use serde::Serialize;

use super::Session;
use super::print::{Format, Printer, count, number, or_dash};
use crate::Platform;
use crate::clock::{rfc3339, span};
use crate::engine::{Category, Failure};
use crate::error::{Result, printable};
use crate::runs::{self, Kind, QUARANTINED, Run, Status, Task, TaskCounts, TaskFilter, TaskStatus, WaveStatus};
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
            word(self.kind),
            word(self.status),
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
    let code = exit_code(&run, &failed);
    match printer.format {
        Format::Json => printer.json(&summary(&run, &failed, drifted(session, platform, &run).await?)),
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
            summary: summary(run, &failed, drifted(session, platform, run).await?),
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
        ("kind", word(run.kind)),
        ("status", word(run.status)),
        ("to", or_dash(run.to_version)),
        ("actor", run.actor.clone()),
        ("started", or_dash(run.started_at.map(rfc3339))),
        ("finished", or_dash(run.finished_at.map(rfc3339))),
    ];
    fields.extend(run.reason.as_ref().map(|why| ("reason", why.clone())));
    fields.extend(run.not_before.map(|at| ("planned for", rfc3339(at))));
    fields.extend(run.halt_reason.as_ref().map(|why| ("stopped", why.clone())));
    let told: Vec<_> =
        waves.iter().map(|w| format!("{} {}: {}", w.name, number(w.tenants.total), word(w.status))).collect();
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

fn summary(run: &Run, failed: &[Task], drifted: Vec<Drift>) -> Summary {
    Summary {
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
        drifted,
    }
}

/// The counts, the causes, and the commands that show and rerun them.
async fn words(session: &Session, platform: &Platform, run: &Run) -> Result<()> {
    let printer = session.printer;
    printer.line(sentence(run));
    let n = run.number;
    for cause in runs::causes(platform, &session.actor, n).await? {
        let failure = &cause.failure;
        // SQLite has one code for nearly everything.
        let code = failure.code.as_ref().filter(|code| *code != "1");
        let code = code.map(|code| format!("{code} ")).unwrap_or_default();
        let f = &cause.fingerprint;
        printer.line(format!(
            "  {} × {code}{}      neo run logs {n} --cause {f} · neo run rerun {n} --cause {f}",
            cause.count,
            printable(&failure.message),
        ));
        let more = if cause.count > cause.tenants.len() as i64 { ", …" } else { "" };
        printer.line(format!("      {}{more}  {}", cause.tenants.join(", "), place(failure)).trim_end());
        if let Some(hint) = &failure.hint {
            printer.line(format!("      hint: {}", printable(hint)));
        }
    }
    let strangers = drifted(session, platform, run).await?;
    for drift in strangers.iter().take(TOLD) {
        tell(printer, drift);
    }
    if strangers.len() > TOLD {
        let more = (strangers.len() - TOLD) as i64;
        printer.line(format!("  and {} more drifted      neo migrate status", number(more)));
    }
    if run.tenants.unknown > 0 {
        printer
            .line(format!("  {} left by a dead worker      neo run rerun {n}", count(run.tenants.unknown, "tenant")));
    }
    if let Some(why) = run.halt_reason.as_ref().filter(|_| matches!(run.status, Status::Halted | Status::Paused)) {
        printer.line(format!("  {}: {}", word(run.status), printable(why)));
        ways_on(printer, run);
    }
    if run.tenants.skipped > 0 {
        left_out(session, platform, run).await?;
    }
    Ok(())
}

/// What can be done with a run that stopped, each with what comes of it; what mends comes first.
fn ways_on(printer: Printer, run: &Run) {
    let (n, left) = (run.number, run.tenants.queued);
    let failed = run.tenants.failed + run.tenants.unknown;
    let mut ways = Vec::new();
    if run.status == Status::Halted && failed > 0 {
        let follow = if left > 0 { "; the others follow when that succeeds" } else { "" };
        let again = format!("tries {} again with the same files{follow}", count(failed, "failed tenant"));
        ways.push((format!("neo run rerun {n} --failed"), again));
    }
    if left > 0 {
        let despite = if failed > 0 { format!(", although {} failed", number(failed)) } else { String::new() };
        ways.push((format!("neo run resume {n}"), format!("goes on with {}{despite}", count(left, "tenant"))));
    }
    if run.status == Status::Paused {
        ways.push((format!("neo run cancel {n}"), format!("leaves {} as they are", count(left, "tenant"))));
    } else {
        ways.push(("a new run".into(), "takes the files as they are then".into()));
    }
    let width = ways.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    ways.iter().for_each(|(command, what)| printer.line(format!("      {command:<width$}   {what}")));
}

/// The tenants in quarantine that a run left out, by name.
async fn left_out(session: &Session, platform: &Platform, run: &Run) -> Result<()> {
    let filter = TaskFilter { reason: Some(QUARANTINED.to_owned()), limit: TOLD as u32, ..TaskFilter::default() };
    let page = runs::tasks(platform, &session.actor, run.number, &filter).await?;
    for task in &page.tasks {
        let tenant = crate::tenants::find(platform, &session.actor, &task.tenant_id).await?;
        let why = match &tenant.quarantine {
            Some(q) => format!("until {}, {}: {}", rfc3339(q.until), q.owner, printable(&q.reason)),
            None => "released since".to_owned(),
        };
        session.printer.line(format!("  {} in quarantine {why}      neo tenant release {}", task.tenant, task.tenant));
    }
    if page.total > TOLD as i64 {
        let more = number(page.total - TOLD as i64);
        session.printer.line(format!("  and {more} more in quarantine      neo tenant list --quarantined"));
    }
    Ok(())
}

/// How many strangers are told of in full, and how many differences of each.
const TOLD: usize = 20;
const LINES: usize = 10;

/// One drifted tenant, and the first of what differs.
fn tell(printer: Printer, drift: &Drift) {
    printer.line(format!(
        "  {} drifted: schema {}, where {} have {}      neo migrate verify {}",
        drift.tenant,
        drift.fingerprint,
        count(drift.agreeing, "tenant"),
        drift.norm,
        drift.tenant
    ));
    for line in drift.differs.iter().take(LINES) {
        printer.line(format!("      {}", printable(line)));
    }
    if drift.differs.len() > LINES {
        printer.line(format!("      and {} more", number((drift.differs.len() - LINES) as i64)));
    }
}

/// `18 migrated, 1 current, 1 failed in 4.1 s, 18 migrations applied`
fn sentence(run: &Run) -> String {
    let t = &run.tenants;
    let (done, unit) = match run.kind {
        Kind::Migrate => ("migrated", "migration applied"),
        Kind::Rollback => ("rolled back", "migration reverted"),
        Kind::Verify => ("verified", "migration applied"),
        Kind::Provision => ("provisioned", "migration applied"),
    };
    let quiet = t.failed + t.skipped + t.cancelled + t.unknown + t.running + t.queued == 0;
    if run.status == Status::Succeeded && quiet && t.migrated == 0 {
        return match run.kind {
            Kind::Migrate if t.drifted == 0 => format!("nothing to do: {} current", are(t.current)),
            Kind::Migrate => format!("nothing to do: {} current, {} drifted", are(t.current), number(t.drifted)),
            Kind::Verify if t.drifted == 0 => format!("{} verified{}", count(t.current, "tenant"), within(run)),
            Kind::Verify => {
                format!("{} verified, {} drifted{}", count(t.current, "tenant"), number(t.drifted), within(run))
            }
            _ => format!("nothing to do on {}", count(t.total, "tenant")),
        };
    }
    let counts = [
        (t.migrated, done),
        (t.current, if run.kind == Kind::Rollback { "unchanged" } else { "current" }),
        (t.drifted, "drifted"),
        (t.failed, "failed"),
        (t.skipped, "skipped"),
        (t.cancelled, "cancelled"),
        (t.unknown, "unknown"),
        (t.running, "running"),
        (t.queued, "queued"),
    ];
    let mut parts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    if parts.is_empty() {
        parts.push(format!("0 {done}"));
    }
    let (noun, verb) = unit.split_once(' ').unwrap_or((unit, ""));
    let mut text = format!("{}{}", parts.join(", "), within(run));
    if run.migrations_applied > 0 {
        text.push_str(&format!(", {} {verb}", count(run.migrations_applied, noun)));
    }
    match run.status {
        Status::Succeeded | Status::Failed => text,
        other => format!("{}: {text}", word(other)),
    }
}

fn are(n: i64) -> String {
    format!("{} {}", count(n, "tenant"), if n == 1 { "is" } else { "are" })
}

fn within(run: &Run) -> String {
    run.ms.map(|ms| format!(" in {}", span(ms))).unwrap_or_default()
}

/// `20250126000006_add_custom_fields:3:13`
pub fn place(failure: &Failure) -> String {
    let mut text = failure.migration.clone().unwrap_or_default();
    if let Some(line) = failure.line {
        text.push_str(&format!(":{line}:{}", failure.column.unwrap_or(1)));
    }
    printable(&text)
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

/// How the command ends. A run of one tenant says why in its code; one of many only that somebody failed.
fn exit_code(run: &Run, failed: &[Task]) -> u8 {
    match run.status {
        Status::Halted | Status::Cancelled => 9,
        // At the end of a wave: neither done nor failed.
        Status::Paused if run.gate.is_some() => 9,
        _ if run.tenants.failed + run.tenants.unknown > 0 => match failed {
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

/// The word of an enumeration, as JSON writes it.
pub fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
