//! The way out of a migration that was begun and never finished: a person says what is true, or the rest is run from the
//! statement that failed. Never is anything run again blindly.

pub use neo_model::HalfDone;
use sha2::{Digest, Sha256};

use super::script::Step;
use super::{Goal, Options, Outcome, barred, find, newest, take};
use crate::engine::{self, Category, Connection, Engine, Failure};
use crate::error::{Advice, Do, Say};
use crate::migrations::{Set, Source, ledger};

/// What a person has decided about a half-done migration.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// All of it is there: the row becomes that of a migration that went through.
    Applied,
    /// None of it is there: the row goes.
    NotApplied,
    /// Runs the rest, from the statement that failed or from this one (counted from 1).
    Continue { from: Option<usize> },
}

/// How far a file got: what went through, statement by statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub version: i64,
    /// The down file was being run, and not the up file.
    pub down: bool,
    /// SHA-256 of each statement that went through, in order.
    pub hashes: Vec<String>,
}

impl Checkpoint {
    /// What a run that has just failed leaves behind; `None` when it left nothing half done, or nobody knows how far it got.
    pub fn of(set: &Set, engine: Engine, outcome: &Outcome, down: bool) -> Option<Self> {
        // A dirty row that was merely found says nothing of the files as they are now.
        if outcome.failure.as_ref().is_none_or(|f| f.category == Category::Dirty) {
            return None;
        }
        let row = outcome.ledger.as_ref()?.iter().find(|row| !row.success)?;
        let script = set.find(row.version)?.on(engine)?;
        let source = if down { script.down.as_ref()? } else { &script.up };
        let hashes = hashes(engine, source).into_iter().take(row.stopped_at()? - 1).collect();
        Some(Self { version: row.version, down, hashes })
    }
}

/// What is half done on this tenant, if anything.
pub async fn half_done(
    conn: &mut Connection,
    set: &Set,
    checkpoint: Option<&Checkpoint>,
    options: &Options,
) -> Result<Option<HalfDone>, Failure> {
    let rows = find(conn, set, &Goal::Verify, options).await?.unwrap_or_default();
    Ok(rows.iter().find(|row| !row.success).map(|row| describe(conn.engine(), set, row, checkpoint)))
}

fn describe(engine: Engine, set: &Set, row: &ledger::Row, checkpoint: Option<&Checkpoint>) -> HalfDone {
    let checkpoint = checkpoint.filter(|c| c.version == row.version);
    let down = checkpoint.is_some_and(|c| c.down);
    let source = source(set, engine, row.version, down);
    let statements: Vec<String> = source
        .map(|source| engine::statements(engine, &source.sql).iter().map(|s| s.sql.to_owned()).collect())
        .unwrap_or_default();
    let changed = source.map(|source| changed(engine, source, checkpoint)).unwrap_or_default();
    let known = row.stopped_at().filter(|n| *n <= statements.len());
    HalfDone {
        version: row.version,
        migration: set.label_of(row.version),
        direction: if down { "down" } else { "up" }.to_owned(),
        stopped_at: row.stopped_at(),
        can_continue: known.is_some() && checkpoint.is_some() && changed.is_empty(),
        statements,
        changed,
    }
}

fn source(set: &Set, engine: Engine, version: i64, down: bool) -> Option<&Source> {
    let script = set.find(version)?.on(engine)?;
    if down { script.down.as_ref() } else { Some(&script.up) }
}

fn hashes(engine: Engine, source: &Source) -> Vec<String> {
    engine::statements(engine, &source.sql).iter().map(|s| hex::encode(Sha256::digest(s.sql))).collect()
}

/// Which statements (from 1) went through and are not the same any more.
fn changed(engine: Engine, source: &Source, checkpoint: Option<&Checkpoint>) -> Vec<usize> {
    let Some(checkpoint) = checkpoint else { return Vec::new() };
    let now = hashes(engine, source);
    let is_changed = |n: &usize| now.get(*n - 1) != checkpoint.hashes.get(*n - 1);
    (1..=checkpoint.hashes.len()).filter(is_changed).collect()
}

/// Does what was decided, under the tenant's lock. `failure` says why not, or what failed of the rest.
pub async fn resolve(
    conn: &mut Connection,
    set: &Set,
    how: &Resolution,
    checkpoint: Option<&Checkpoint>,
    options: &Options,
) -> Outcome {
    if let Err(failure) = take(conn, options).await {
        return Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: Some(failure) };
    }
    let mut done = Vec::new();
    let mut from = None;
    let result = match find(conn, set, &Goal::Verify, options).await {
        Ok(found) => {
            let rows = found.unwrap_or_default();
            from = newest(&rows);
            under_lock(conn, set, how, checkpoint, &rows).await.map(|version| done.push(version))
        }
        Err(failure) => Err(failure),
    };
    // Whether its login still comes in is asked at the end.
    let _ = conn.recover().await;
    let ledger = ledger::read(conn).await.ok();
    conn.unlock().await;
    let to = ledger.as_ref().and_then(|rows| newest(rows));
    barred::proved(conn, set, Outcome { from, to, done, ledger, failure: result.err() }).await
}

async fn under_lock(
    conn: &mut Connection,
    set: &Set,
    how: &Resolution,
    checkpoint: Option<&Checkpoint>,
    rows: &[ledger::Row],
) -> Result<i64, Failure> {
    let engine = conn.engine();
    let Some(row) = rows.iter().find(|row| !row.success) else {
        return Err(Failure::new(Category::Other, "nothing is half done here")
            .detail("every row in _sqlx_migrations has success = true")
            .hint(Advice::from(Do::MigrateTenant { tenant: None }).and(" brings it to the newest version")));
    };
    let version = row.version;
    let entry = engine::Entry {
        version,
        description: row.description.clone(),
        // What a person has brought to an end is what the file says now.
        checksum: source(set, engine, version, false).map_or(&row.checksum, |source| &source.checksum).clone(),
        down: false,
        first: false,
    };
    match how {
        Resolution::Applied => engine::ledger::decide(conn, &entry, true).await,
        Resolution::NotApplied => engine::ledger::decide(conn, &entry, false).await,
        Resolution::Continue { from } => {
            let checkpoint = checkpoint.filter(|c| c.version == version);
            return rest(conn, set, row, *from, checkpoint).await.map(|()| version);
        }
    }
    .map_err(|f| Failure { line: None, column: None, ..f })?;
    Ok(version)
}

/// Runs what is left of the file, and then settles the row.
async fn rest(
    conn: &mut Connection,
    set: &Set,
    row: &ledger::Row,
    from: Option<usize>,
    checkpoint: Option<&Checkpoint>,
) -> Result<(), Failure> {
    let engine = conn.engine();
    let half = describe(engine, set, row, checkpoint);
    let down = checkpoint.is_some_and(|c| c.down);
    let refuse = |message: String| {
        let mut failure = Failure::new(Category::Dirty, message);
        failure.migration = Some(half.migration.clone());
        failure
    };
    let Some(source) = source(set, engine, row.version, down) else {
        return Err(refuse(format!("the {} file of {} is not here", half.direction, half.migration)).hint(
            Advice::from("bring it back from version control, or say what is true: ")
                .act(Say::Applied)
                .and(" or ")
                .act(Say::NotApplied),
        ));
    };
    let known = row.stopped_at().filter(|_| checkpoint.is_some());
    let Some(first) = from.or(known) else {
        return Err(refuse(format!("how far {} got is not known", half.migration))
            .detail("whoever ran it did not see it stop")
            .hint(Advice::from("look at the tenant, then name the first statement to run: ").act(Say::ContinueAt)));
    };
    if first == 0 || first > half.statements.len() {
        return Err(refuse(format!(
            "{} has {} statements, and no statement {first}",
            half.migration,
            half.statements.len()
        )));
    }
    if let Some(stopped) = known.filter(|stopped| first < *stopped) {
        return Err(refuse(format!("statement {first} of {} went through here", half.migration))
            .detail(format!("it stopped at statement {stopped}; nothing that went through is run again"))
            .hint(
                Advice::from("go on from there: ")
                    .act(Say::Continue)
                    .and("; or, with everything before it undone by hand, ")
                    .act(Say::NotApplied)
                    .and(" and run again"),
            ));
    }
    // Whoever names a statement answers for those after it; what went through before must be what the file says.
    let changed: Vec<_> = half.changed.iter().filter(|n| **n < first).collect();
    if !changed.is_empty() {
        let list = changed.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        let (word, verb) = if changed.len() == 1 { ("statement", "reads") } else { ("statements", "read") };
        return Err(refuse(format!(
            "{word} {list} of {} went through here and {verb} differently now",
            half.migration
        ))
        .detail("a file is continued only where it says the same up to the statement that failed")
        .hint(
            Advice::from("put what went through back as it was, and mend only what comes after; or ")
                .act(Say::Applied)
                .and(", ")
                .act(Say::NotApplied),
        ));
    }
    let Some((migration, script)) = set.find(row.version).and_then(|m| Some((m, m.on(engine)?))) else { return Ok(()) };
    let step = Step { migration, up: &script.up, source, down };
    step.refuse(engine)?;
    step.go_on(conn, first - 1).await
}
