//! `neo migrate plan`, and `--dry-run`: what a run would do, printed.

mod markdown;

use serde::Serialize;

use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::print::{Form, Format, Printer, count, left_out, number};
use crate::clock::span;
use crate::engine::Engine;
use crate::error::{Result, printable};
use crate::migrations::{Migration, Set, Severity};
use crate::runs::{Basis, Plan, PlannedMigration, Policy, Quarantined};
use crate::tenants::Filter;

/// How many tenants are named that are blocked for one reason.
const NAMED: usize = 5;

pub const FORMS: [Form; 6] = [Form::Text, Form::Table, Form::Plain, Form::Json, Form::Ndjson, Form::Markdown];

/// How a plan is told.
#[derive(Default, Clone, Copy)]
pub struct Told {
    /// With the text of each pending file.
    pub sql: bool,
    pub markdown: bool,
}

pub async fn plan(
    session: &Session,
    central: &dyn Central,
    selection: &Filter,
    to: Option<i64>,
    policy: &Policy,
    told: Told,
) -> Result<u8> {
    let printer = session.printer;
    let plan = central.plan(selection, to, policy, told.sql).await?;
    let absent = absent(session, central).await?;
    if printer.is_json() {
        printer.json(&Answer { plan: &plan, absent: &absent });
        return Ok(0);
    }
    if told.markdown {
        printer.line(markdown::document(&plan, told.sql, &absent).trim_end());
        return Ok(0);
    }
    printer.say(summary(&plan));
    if !absent.is_empty() {
        printer.say(format!("{ABSENT}: {}", printable(&absent.join(", "))));
    }
    migrations(printer, &plan.migrations);
    if printer.format == Format::Table {
        findings(printer, &plan.migrations);
        starting_from(printer, &plan);
    }
    if told.sql {
        sql(printer, &plan.migrations);
    }
    if plan.migrations.is_empty() && plan.unreachable.is_empty() && plan.refused.is_empty() {
        printer.line("nothing to do");
    }
    for wave in &plan.waves {
        let more = wave.tenants - wave.first.len() as i64;
        let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
        printer.say(format!("{}: {}  {}{more}", wave.name, count(wave.tenants, "tenant"), wave.first.join(", ")));
    }
    if plan.behind > 0 {
        printer.say(duration(&plan));
    }
    if let Some(note) = plan.of_clusters() {
        printer.say(note);
    }
    for (word, blocked) in [("unreachable", &plan.unreachable), ("refused", &plan.refused)] {
        for (reason, tenants) in Plan::by_reason(blocked) {
            printer.say(format!("{word}: {}  {}", who(&tenants), printable(&reason.command())));
        }
    }
    for kept in &plan.windows {
        printer.say(format!("{}; a run begins them after that", printable(&kept.words())));
    }
    for Quarantined { tenant, quarantine } in &plan.quarantined {
        printer.say(format!("in quarantine: {tenant}  {}", left_out(quarantine)));
    }
    for (status, tenants) in plan.passed_over_by_status() {
        printer.say(format!("passed over: {}  {}", who(&tenants), status.word()));
    }
    Ok(0)
}

/// The plan, with what is not in it since it is not at the console that was asked: nothing beside the central database.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    absent: &'a [String],
}

const ABSENT: &str = "not at the console as it is here, and not in this plan";

/// What stands in the folder beside the command line, and at the console that is asked not at all or otherwise.
async fn absent(session: &Session, central: &dyn Central) -> Result<Vec<String>> {
    let folder = &session.settings.tenant_migrations;
    if central.afar().is_none() || !folder.is_dir() {
        return Ok(Vec::new());
    }
    let (set, there) = (Set::load(folder).await?, central.catalogue().await?);
    let is_there = |migration: &Migration| {
        let same = there.iter().find(|other| other.version == migration.version);
        same.is_some_and(|other| {
            Engine::ALL.into_iter().all(|engine| {
                let theirs = other.engines.iter().find(|on| on.engine == engine).map(|on| on.checksum.clone());
                migration.on(engine).map(|script| hex::encode(&script.up.checksum)) == theirs
            })
        })
    };
    Ok(set.migrations.iter().filter(|migration| !is_there(migration)).map(Migration::label).collect())
}

/// `3 tenants: 0 current, 2 behind, 1 unreachable`
fn summary(plan: &Plan) -> String {
    let blocked = [
        (plan.unreachable.len(), "unreachable"),
        (plan.refused.len(), "refused"),
        (plan.quarantined.len(), "in quarantine, left out"),
        (plan.passed_over.len(), "passed over"),
    ];
    let blocked = blocked.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!(", {n} {word}"));
    format!(
        "{}: {} current, {} behind{}",
        count(plan.tenants, "tenant"),
        number(plan.current),
        number(plan.behind),
        blocked.collect::<String>()
    )
}

/// Tenants by name; of many the first, and how many.
fn who(tenants: &[&str]) -> String {
    match tenants {
        few if few.len() <= NAMED => few.join(", "),
        many => format!("{}: {}, …", count(many.len() as i64, "tenant"), many[..NAMED].join(", ")),
    }
}

fn migrations(printer: Printer, migrations: &[PlannedMigration]) {
    let rows = migrations.iter().map(|m| {
        let findings = match printer.format {
            Format::Plain => m.findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("; "),
            _ => counted(m),
        };
        let each = m.estimate_ms.map_or_else(|| "-".to_owned(), |ms| format!("{} ms", number(ms)));
        vec![m.version.to_string(), m.name.clone(), number(m.pending_on), atomic(m), findings, each]
    });
    let rows: Vec<_> = rows.collect();
    match printer.format {
        Format::Plain => rows.iter().for_each(|row| printer.line(row.join("\t"))),
        _ => printer.table(&["version", "name", "pending on", "commits", "findings", "each"], rows),
    }
}

/// `atomic`, `not atomic`, or where it is.
fn atomic(migration: &PlannedMigration) -> String {
    let on: Vec<_> = migration.engines.iter().filter(|on| on.atomic).map(|on| on.engine.as_str()).collect();
    match on.len() {
        0 => "not atomic".into(),
        n if n == migration.engines.len() => "atomic".into(),
        _ => format!("atomic on {}", on.join(", ")),
    }
}

fn counted(migration: &PlannedMigration) -> String {
    let of = |severity| migration.findings.iter().filter(move |f| f.accepted.is_none() && f.severity == severity);
    let counts = [Severity::Error, Severity::Warning, Severity::Notice]
        .map(|severity| (of(severity).count() as i64, severity.as_str()));
    counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect::<Vec<_>>().join(", ")
}

fn findings(printer: Printer, migrations: &[PlannedMigration]) {
    for finding in migrations.iter().flat_map(|m| &m.findings) {
        let word = if finding.accepted.is_some() { "accepted" } else { finding.severity.as_str() };
        printer.line(format!("  {word:<8}  {}  {} ({})", finding.place(), printable(&finding.message), finding.rule));
    }
}

fn starting_from(printer: Printer, plan: &Plan) {
    let rows: Vec<_> = plan
        .by_version
        .iter()
        .map(|group| {
            let pending: Vec<_> = group.pending.iter().map(ToString::to_string).collect();
            let pending = if pending.is_empty() { "nothing".to_owned() } else { pending.join(", ") };
            let version = group.version.map_or_else(|| "none".to_owned(), |version| version.to_string());
            vec![version, number(group.tenants), pending]
        })
        .collect();
    printer.table(&["starting from", "tenants", "pending"], rows);
}

fn sql(printer: Printer, migrations: &[PlannedMigration]) {
    for migration in migrations {
        for (file, sql) in migration.files() {
            printer.line(format!("\n-- {}", file.display()));
            sql.lines().for_each(|line| printer.line(printable(&line.replace('\t', "    "))));
        }
    }
}

/// How long, and what that rests on.
fn duration(plan: &Plan) -> String {
    let Some(ms) = plan.estimate_ms else {
        return "how long: no earlier run to judge by (neo migrate rehearse SLUG measures on a copy)".into();
    };
    let new = plan.migrations.iter().filter(|m| m.estimate_from == Some(Basis::Others)).count();
    let basis = match new {
        0 => "from what these took on other tenants".to_owned(),
        n if n == plan.migrations.len() => "from what other migrations took; these have not run lately".to_owned(),
        n => format!("from earlier runs; {n} of {} have not run lately", plan.migrations.len()),
    };
    format!("how long: about {}, {} at once ({basis})", span(ms), plan.concurrency)
}
