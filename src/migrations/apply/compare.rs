//! The files against the ledger, before anything is touched: what is to be done, or why nothing may be.

use neo_model::Version;

use super::script::Step;
use crate::engine::ledger::{taken_out, way_out};
use crate::engine::{self, Category, Engine, Failure};
use crate::error::{Advice, Do, Say};
use crate::migrations::ledger::Row;
use crate::migrations::{Migration, Set};

/// What is pending up to and including `to`, oldest first. Refuses what [`pending`] refuses, and a file that may not be run.
pub(super) fn up<'a>(set: &'a Set, engine: Engine, rows: &[Row], to: Option<i64>) -> Result<Vec<Step<'a>>, Failure> {
    let steps = pending(set, engine, rows, to)?;
    steps.iter().try_for_each(|step| fit(engine, step))?;
    Ok(steps)
}

/// The ledger against the files. Refuses a dirty row, a changed or missing file, and a pending migration that is older than
/// what is applied. Files after `to` are not looked at; a row that no file belongs to is refused wherever it stands.
pub(super) fn pending<'a>(
    set: &'a Set,
    engine: Engine,
    rows: &[Row],
    to: Option<i64>,
) -> Result<Vec<Step<'a>>, Failure> {
    let is_asked = |version: i64| to.is_none_or(|to| version <= to);
    refuse_dirty(set, engine, rows)?;
    for row in rows.iter().filter(|row| is_asked(row.version) || set.find(row.version).is_none()) {
        unchanged(set, engine, row)?;
    }
    let newest = rows.last().map(|r| r.version);
    let mut pending = Vec::new();
    for (migration, script) in set.on(engine).filter(|(migration, _)| is_asked(migration.version)) {
        if rows.binary_search_by_key(&migration.version, |r| r.version).is_ok() {
            continue;
        }
        if let Some(newest) = newest.filter(|newest| migration.version < *newest) {
            return Err(out_of_order(set, migration, newest, &script.up.path.display().to_string()));
        }
        pending.push(Step { migration, up: &script.up, source: &script.up, down: false });
    }
    Ok(pending)
}

/// Whether a file may be run at all, whatever the tenant.
pub(super) fn fit(engine: Engine, step: &Step<'_>) -> Result<(), Failure> {
    refuse_empty(engine, step)?;
    step.refuse(engine)
}

/// A file that somebody made and has not written yet is not taken for one that is to do nothing.
fn refuse_empty(engine: Engine, step: &Step<'_>) -> Result<(), Failure> {
    let source = step.source;
    // Most files begin with their first statement: those need no closer look.
    let first = source.sql.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("--"));
    let is_written = first.is_some_and(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    if source.empty || is_written || !engine::statements(engine, &source.sql).is_empty() {
        return Ok(());
    }
    let name = source.path.file_name().unwrap_or_default().to_string_lossy();
    let mut failure = Failure::new(Category::Syntax, format!("{name} holds no statement"))
        .detail("nothing was run")
        .hint("write what it is to do; or, when it is to do nothing, make its first line: -- neo: empty");
    failure.migration = Some(step.migration.label());
    failure.file = Some(source.path.display().to_string());
    Err(failure)
}

/// What undoing these versions takes, newest first. What stays applied is not looked at: a rollback may be the way out of
/// what is wrong there.
pub(super) fn down<'a>(set: &'a Set, engine: Engine, rows: &[Row], versions: &[i64]) -> Result<Vec<Step<'a>>, Failure> {
    refuse_dirty(set, engine, rows)?;
    // One that stays on top of what goes would stand on nothing, and be out of order for every run to come.
    let oldest = rows.iter().position(|r| versions.contains(&r.version)).unwrap_or(rows.len());
    if let Some(row) = rows[oldest..].iter().rfind(|r| !versions.contains(&r.version)) {
        let (label, under) = (label(set, row), set.label_of(rows[oldest].version));
        let mut failure =
            Failure::new(Category::Checksum, format!("{label} is applied here after {under}, and would stay"))
                .detail("a rollback undoes the newest first, and leaves no gap")
                .hint(
                    Advice::from("roll back what came after as well: ")
                        .act(Say::Steps)
                        .and(" or ")
                        .act(Say::To)
                        .and("; a file that is missing has to be brought back first"),
                );
        failure.migration = Some(label);
        return Err(failure);
    }
    let mut steps = Vec::new();
    for row in rows.iter().rev().filter(|r| versions.contains(&r.version)) {
        let migration = unchanged(set, engine, row)?;
        let Some(script) = migration.on(engine) else { continue };
        let Some(source) = &script.down else { return Err(no_down(migration, &script.up.path.display().to_string())) };
        let step = Step { migration, up: &script.up, source, down: true };
        fit(engine, &step)?;
        steps.push(step);
    }
    Ok(steps)
}

fn refuse_dirty(set: &Set, engine: Engine, rows: &[Row]) -> Result<(), Failure> {
    let Some(row) = rows.iter().find(|r| !r.success) else { return Ok(()) };
    let label = label(set, row);
    let stopped =
        row.stopped_at().map_or("how far it got is not known".into(), |n| format!("it stopped at statement {n}"));
    let mut failure = Failure::new(Category::Dirty, format!("{label} was begun and never finished here"))
        .detail(format!("its row in _sqlx_migrations has success = false; {stopped}"))
        .hint(way_out(row.version));
    if let Some(script) = set.find(row.version).and_then(|m| m.on(engine)) {
        failure.file = Some(script.up.path.display().to_string());
    }
    failure.migration = Some(label);
    failure.statement = row.stopped_at().and_then(|n| u32::try_from(n).ok());
    Err(failure)
}

/// Whether a file's name can begin with it.
pub(super) fn is_of_a_file(version: i64) -> bool {
    version > 0 && Version(version).to_string().parse() == Ok(Version(version))
}

/// The migration of an applied row, if its file is there and still what was applied.
fn unchanged<'a>(set: &'a Set, engine: Engine, row: &Row) -> Result<&'a Migration, Failure> {
    let found = set.find(row.version).and_then(|m| m.on(engine).map(|script| (m, script)));
    let Some((migration, script)) = found else {
        let label = label(set, row);
        let mut failure = Failure::new(Category::Checksum, format!("{label} is applied here, but its file is missing"))
            .detail(format!("version {} is in _sqlx_migrations and not in {}", row.version, set.folder.display()))
            .hint(match is_of_a_file(row.version) {
                true => {
                    "bring the file back from version control; or run with the files of the release that applied it"
                        .to_owned()
                }
                false => format!(
                    "no file has such a version (14 digits): find out who has written that row, then take it out: {}",
                    taken_out(row.version)
                ),
            });
        failure.file = Some(set.folder.join(format!("{label}.up.sql")).display().to_string());
        failure.migration = Some(label);
        return Err(failure);
    };
    if script.up.is(&row.checksum) {
        return Ok(migration);
    }
    let file = script.up.path.display().to_string();
    let short = |checksum: &[u8]| hex::encode(checksum).chars().take(12).collect::<String>();
    let mut failure = Failure::new(Category::Checksum, format!("{file} has changed since it was applied here"))
        .detail(format!(
            "version {} was applied with checksum {}…, the file has {}…",
            row.version,
            short(&row.checksum),
            short(&script.up.checksum)
        ))
        .hint(
            Advice::from("put the file back as it was, and make a new migration for the change: ")
                .act(Do::MakeMigration {}),
        );
    failure.migration = Some(migration.label());
    failure.file = Some(file);
    Err(failure)
}

fn out_of_order(set: &Set, migration: &Migration, newest: i64, file: &str) -> Failure {
    let label = migration.label();
    let applied = set.label_of(newest);
    let mut failure =
        Failure::new(Category::Checksum, format!("{label} is older than {applied}, which is applied here"))
            .detail("a migration that arrives late would run in another order here than elsewhere")
            .hint("give it a version newer than every other (rename both its files), or roll back to before it first");
    failure.migration = Some(label);
    failure.file = Some(file.to_owned());
    failure
}

fn no_down(migration: &Migration, up: &str) -> Failure {
    let label = migration.label();
    let mut failure = Failure::new(Category::Other, format!("{label} has no down file and cannot be rolled back"))
        .detail("nothing was rolled back")
        .hint(format!("write {}, or make a new migration that goes forward", up.replace(".up.sql", ".down.sql")));
    failure.migration = Some(label);
    failure.file = Some(up.to_owned());
    failure
}

fn label(set: &Set, row: &Row) -> String {
    let named = || format!("{:014}_{}", row.version, row.description.replace(' ', "_"));
    set.find(row.version).map_or_else(named, Migration::label)
}
