//! A run in words: the counts, the causes, who was left out, and what can be done next.

use unicode_width::UnicodeWidthStr;

use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::print::{self, Printer, count, number};
use crate::clock::span;
use crate::error::{Do, Result, printable};
use crate::runs::{Detail, Failure, Kind, Reason, Status, Summary, TaskFilter, TaskStatus};
use crate::tenants::Drift;

/// The counts, the causes, and the commands that show and rerun them.
pub(super) async fn words(session: &Session, printer: Printer, central: &dyn Central, detail: &Detail) -> Result<()> {
    let run = &detail.summary;
    printer.line(sentence(run));
    let n = run.run.unwrap_or_default();
    for cause in central.causes(n).await? {
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
        let excerpt = excerpt(failure);
        let place = if excerpt.is_empty() { place(failure) } else { String::new() };
        printer.line(format!("      {}{more}  {place}", cause.tenants.join(", ")).trim_end());
        excerpt.iter().for_each(|line| printer.line(format!("      {line}")));
        if let Some(hint) = &failure.hint {
            printer.line(format!("      hint: {}", printable(&hint.command())));
            if cause.count > 1 && hint.acts().any(|act| matches!(act, Do::ResolveTenant { .. })) {
                printer.line(format!("      all of them: neo migrate resolve --run {n} --cause {f}"));
            }
        }
    }
    let strangers = &run.drifted;
    for drift in strangers.iter().take(TOLD) {
        tell(printer, drift);
    }
    if strangers.len() > TOLD {
        let more = (strangers.len() - TOLD) as i64;
        printer.line(format!("  and {} more drifted      neo migrate status", number(more)));
    }
    let alone = &run.uncompared;
    if !alone.is_empty() {
        let more = if alone.len() > TOLD {
            format!(" and {} more", number((alone.len() - TOLD) as i64))
        } else {
            String::new()
        };
        let named = alone.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
        printer.line(format!("  nothing to compare with: {named}{more}"));
    }
    if run.tenants.unknown > 0 {
        printer
            .line(format!("  {} left by a dead worker      neo run rerun {n}", count(run.tenants.unknown, "tenant")));
    }
    if let Some(why) = detail.halt_reason.as_ref().filter(|_| matches!(run.status, Status::Halted | Status::Paused)) {
        printer.line(format!("  {}: {}", run.status.word(), printable(why)));
        ways_on(printer, detail);
    }
    for kept in &detail.windows {
        printer.line(format!("  {}      neo window list", printable(&kept.words())));
    }
    if run.tenants.skipped > 0 {
        left_out(session, central, run).await?;
    }
    if run.tenants.skipped > 0 && detail.named {
        passed_over(printer, central, n).await?;
    }
    Ok(())
}

/// Those of the tenants that somebody named to which nothing was done, and why.
async fn passed_over(printer: Printer, central: &dyn Central, number: i64) -> Result<()> {
    let filter = TaskFilter { status: Some(TaskStatus::Skipped), limit: TOLD as u32, ..TaskFilter::default() };
    let tasks = central.tasks(number, &filter).await?.tasks;
    // Where nothing was to be done, nobody was passed over.
    for task in tasks.iter().filter(|task| task.reason != Some(Reason::Current)) {
        let (slug, why) = (&task.tenant, task.reason.as_ref().map_or("", Reason::word));
        printer.line(format!("  {slug} was passed over: {}      neo tenant show {slug}", printable(why)));
    }
    Ok(())
}

/// What can be done with a run that stopped, each with what comes of it; what mends comes first.
fn ways_on(printer: Printer, detail: &Detail) {
    let run = &detail.summary;
    let (n, left) = (run.run.unwrap_or_default(), run.tenants.queued);
    let failed = run.tenants.unsettled();
    let mut ways = Vec::new();
    if failed > 0 {
        let follow = match (left, detail.gate) {
            (0, _) => "",
            (_, None) => ", and goes on with the others",
            // A person is waited for again.
            (_, Some(_)) if run.status == Status::Paused => "",
            (_, Some(_)) => "; the others follow when that succeeds",
        };
        let again = format!("tries {} again with the same files{follow}", count(failed, "failed tenant"));
        ways.push((format!("neo run rerun {n} --failed"), again));
    }
    if left > 0 {
        let despite = if failed > 0 { format!(", although {} failed", number(failed)) } else { String::new() };
        let (next, behind, waits) = detail.next();
        let then = match (behind, waits) {
            (0, _) => String::new(),
            (_, true) => ", then waits again".to_owned(),
            (more, false) => format!(", then with {} more", number(more)),
        };
        ways.push((format!("neo run resume {n}"), format!("goes on with {}{despite}{then}", count(next, "tenant"))));
    }
    if run.status != Status::Paused {
        ways.push(("a new run".into(), "takes the files as they are then".into()));
    }
    if left > 0 || run.status == Status::Halted {
        let verb = if left == 1 { "as it is" } else { "as they are" };
        let closes = if left > 0 { format!("leaves {} {verb}", count(left, "tenant")) } else { "closes it".to_owned() };
        ways.push((format!("neo run cancel {n}"), closes));
    }
    let width = ways.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    ways.iter().for_each(|(command, what)| printer.line(format!("      {command:<width$}   {what}")));
}

/// The tenants in quarantine that a run left out, by name.
async fn left_out(session: &Session, central: &dyn Central, run: &Summary) -> Result<()> {
    let filter = TaskFilter { reason: Some(Reason::Quarantined), limit: TOLD as u32, ..TaskFilter::default() };
    let page = central.tasks(run.run.unwrap_or_default(), &filter).await?;
    if page.total > 0 && run.tenants.skipped == run.tenants.total {
        let n = number(page.total);
        session.printer.line(format!("  nobody was worked on: {n} in quarantine      neo tenant release SLUG"));
    }
    for task in &page.tasks {
        let tenant = central.tenant(&task.tenant_id, false).await?;
        let why = match &tenant.row.quarantine {
            Some(quarantine) => print::left_out(quarantine),
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
fn sentence(run: &Summary) -> String {
    let t = &run.tenants;
    let (done, unit) = match run.kind {
        Kind::Migrate => ("migrated", "migration applied"),
        Kind::Rollback => ("rolled back", "migration reverted"),
        Kind::Verify => ("verified", "migration applied"),
        Kind::Provision => ("provisioned", "migration applied"),
        Kind::Backup => ("backed up", "migration applied"),
        Kind::Rotate => ("renewed", "migration applied"),
    };
    let quiet = t.unsettled() + t.skipped + t.cancelled + t.open() == 0;
    if run.status == Status::Succeeded && quiet && t.migrated == 0 {
        return match run.kind {
            Kind::Migrate if t.drifted == 0 => format!("nothing to do: {} current", are(t.current)),
            Kind::Migrate => format!("nothing to do: {} current, {} drifted", are(t.current), number(t.drifted)),
            Kind::Verify => verified(run),
            _ => format!("nothing to do on {}", count(t.total, "tenant")),
        };
    }
    let counts = [
        (t.migrated, done),
        (t.current, if run.kind == Kind::Rollback { "unchanged" } else { "current" }),
        (t.drifted, "drifted"),
        (t.uncompared, "with nothing to compare with"),
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
        other => format!("{}: {text}", other.word()),
    }
}

/// `6 tenants verified in 1.2 s, 1 of them with nothing to compare with`: of such a one only its ledger is.
fn verified(run: &Summary) -> String {
    let t = &run.tenants;
    let (all, within) = (count(t.current, "tenant"), within(run));
    if t.uncompared > 0 && t.uncompared == t.current {
        return format!("{all} looked at{within}, with nothing to compare with");
    }
    let drifted = if t.drifted > 0 { format!(", {} drifted", number(t.drifted)) } else { String::new() };
    let alone = match t.uncompared {
        0 => String::new(),
        n => format!(", {} of them with nothing to compare with", number(n)),
    };
    format!("{all} verified{drifted}{within}{alone}")
}

fn are(n: i64) -> String {
    format!("{} {}", count(n, "tenant"), if n == 1 { "is" } else { "are" })
}

fn within(run: &Summary) -> String {
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

/// As much of a line as terminals show without breaking it.
const WIDTH: usize = 80;

/// The line of the file and the mark under the place, as compilers show it; nothing where the line is not known.
pub fn excerpt(failure: &Failure) -> Vec<String> {
    let (Some(excerpt), Some(file), Some(line)) = (&failure.excerpt, &failure.file, failure.line) else {
        return Vec::new();
    };
    let (number, excerpt) = (line.to_string(), excerpt.narrowed(WIDTH));
    let (before, ..) = excerpt.parts();
    vec![
        format!("{}:{line}:{}", printable(file), failure.column.unwrap_or(1)),
        format!("  {number} | {}", printable(&excerpt.text)),
        // Of what is written wide each character takes two columns.
        format!("  {:width$} | {:at$}^", "", "", width = number.len(), at = printable(before).width()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{self, Category};

    #[test]
    fn the_mark_stands_under_the_place() {
        let script = "create table a (id int);\n-- 日本\n\tinsert into \"日本\" select * from nosuch;\n";
        let mut failure = engine::Failure::new(Category::Other, "relation \"nosuch\" does not exist").at((3, 33));
        failure.file = Some("migrations/tenant/20260101000002_x.up.sql".into());
        assert!(excerpt(&failure.clone().into()).is_empty());
        failure.excerpt_of(script);
        assert_eq!(
            excerpt(&failure.into()),
            [
                "migrations/tenant/20260101000002_x.up.sql:3:33",
                "  3 |     insert into \"日本\" select * from nosuch;",
                "    |                                      ^",
            ]
        );
    }
}
