//! One migration on one connection: its script and its ledger row, together where the engine can.

use std::time::Instant;

use crate::engine::{self, Category, Connection, Engine, Failure};
use crate::migrations::{Migration, Source, ledger};

/// One migration about to be applied or reverted. `source` is the file that runs; the ledger tells of `up`.
pub(super) struct Step<'a> {
    pub migration: &'a Migration,
    pub up: &'a Source,
    pub source: &'a Source,
}

/// What the ledger does when a script has gone through.
#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Add,
    Remove,
}

/// Applies one migration; `first` when the ledger's table is not there yet.
pub(super) async fn apply(conn: &mut Connection, step: &Step<'_>, first: bool) -> Result<(), Failure> {
    perform(conn, step, Entry::Add, first).await
}

pub(super) async fn revert(conn: &mut Connection, step: &Step<'_>) -> Result<(), Failure> {
    perform(conn, step, Entry::Remove, false).await
}

async fn perform(conn: &mut Connection, step: &Step<'_>, entry: Entry, first: bool) -> Result<(), Failure> {
    match (conn.engine(), step.source.no_transaction) {
        (Engine::Mysql, _) => dirty_first(conn, step, entry, first).await,
        (_, true) => without_transaction(conn, step, entry, first).await,
        (Engine::Postgres, false) => in_one_message(conn, step, entry, first).await,
        (Engine::Sqlite, false) => in_one_transaction(conn, step, entry, first).await,
    }
}

/// PostgreSQL: begin, script, ledger row and commit go as one message, so that one round trip is all it takes.
async fn in_one_message(conn: &mut Connection, step: &Step<'_>, entry: Entry, first: bool) -> Result<(), Failure> {
    let engine = conn.engine();
    let create = if first { ledger::create_sql(engine) } else { "" };
    let record = match entry {
        // The server's own clock, since this is sent before the script has run.
        Entry::Add => {
            let spent = "(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000000000)::bigint";
            ledger::insert_sql(engine, step.migration, step.up, true, spent)
        }
        Entry::Remove => ledger::delete_sql(step.migration.version),
    };
    // What the script has set (a search path, say) is set for it alone, and not for our row or the next file.
    let message = framed(&format!("begin; {create}"), &step.source.sql, &format!("reset all; {record} commit;"));
    let Err(failure) = conn.execute(&message).await else { return Ok(()) };
    // Nothing was committed; without this the session stays in the failed transaction.
    conn.rollback().await;
    Err(unframed(conn, failure, step))
}

/// The script between statements of ours: one line before it, and what comes after its last.
fn framed(before: &str, script: &str, after: &str) -> String {
    format!("{before}\n{script}\n;{after}")
}

/// How what comes after a script begins.
const FRAMES: [&str; 2] = [";reset all;", ";commit; set autocommit"];

/// A failure of a framed script, told as one of the file: where in it (not at all when it was in the frame), and without what a
/// server repeats of the frame. A quote that is never closed reaches into the frame, and is told where it begins.
fn unframed(conn: &Connection, failure: Failure, step: &Step<'_>) -> Failure {
    let sql = &step.source.sql;
    let lines = u32::try_from(sql.lines().count()).unwrap_or(u32::MAX);
    let line = failure.line.and_then(|line| line.checked_sub(1)).filter(|line| (1..=lines).contains(line));
    let position = line.zip(failure.column);
    let open = engine::unclosed(conn.engine(), sql).filter(|_| failure.category == Category::Syntax);
    if let Some(opening) = open.map(|at| engine::position(sql, at)) {
        // MySQL tells a statement, and no column.
        let from = match conn.engine() {
            Engine::Mysql => {
                engine::statements(Engine::Mysql, sql).last().map_or((1, 1), |last| (last.line, last.column))
            }
            _ => opening,
        };
        if position.is_none_or(|at| at >= from) {
            return located(failure.reworded("the quote that begins here is never closed"), step, Some(opening));
        }
    }
    let Some(at) = FRAMES.iter().find_map(|frame| failure.message.find(frame)) else {
        return located(failure, step, position);
    };
    let (before, after) = failure.message.split_at(at);
    let rest = after.rfind(['\'', '"']).map_or("", |end| &after[end..]);
    let message = format!("{}{rest}", before.trim_end());
    located(failure.reworded(message), step, position)
}

/// SQLite: the same, call by call, since there is no round trip to save.
async fn in_one_transaction(conn: &mut Connection, step: &Step<'_>, entry: Entry, first: bool) -> Result<(), Failure> {
    let start = Instant::now();
    conn.execute("begin immediate").await.map_err(|f| located(f, step, None))?;
    // A connection that was dropped a moment ago gave the lock back, and may yet have committed what it was at.
    let is_there = ledger::read(conn).await.map(|rows| rows.iter().any(|r| r.version == step.migration.version));
    if is_there == Ok(entry == Entry::Add) {
        return conn.execute("rollback").await.map_err(|f| located(f, step, None));
    }
    let result = match conn.execute(&step.source.sql).await {
        Ok(()) => match write_entry(conn, step, entry, first, start).await {
            Ok(()) => conn.execute("commit").await.map_err(|f| located(f, step, None)),
            refused => refused,
        },
        Err(failure) => {
            let position = failure.line.zip(failure.column);
            Err(located(failure, step, position))
        }
    };
    if result.is_err() {
        conn.rollback().await;
    }
    result
}

/// Outside a transaction, statement by statement (a message with several would be one implicit transaction), and the ledger
/// row after the last.
async fn without_transaction(conn: &mut Connection, step: &Step<'_>, entry: Entry, first: bool) -> Result<(), Failure> {
    let start = Instant::now();
    let statements = engine::statements(conn.engine(), &step.source.sql);
    for (index, statement) in statements.iter().enumerate() {
        if let Err(failure) = conn.execute(statement.sql).await {
            let mut failure = at_statement(failure, step, statement, index, statements.len());
            if failure.hint.is_none() {
                failure.hint = Some(
                    "this file runs outside a transaction: what its statements have done so far is still there (a failed \
                     CREATE INDEX CONCURRENTLY leaves an invalid index); take it back before running again"
                        .into(),
                );
            }
            return Err(failure);
        }
    }
    settle(conn).await.map_err(|f| located(f, step, None))?;
    write_entry(conn, step, entry, first, start).await
}

/// Commits what a script has begun and not ended, and takes back what it has set: neither is to swallow the row of the ledger.
pub(super) async fn settle(conn: &mut Connection) -> Result<(), Failure> {
    match conn.engine() {
        // Without a transaction these are a warning.
        Engine::Postgres => conn.execute("commit; reset all").await,
        Engine::Mysql => conn.execute(LET_GO).await,
        Engine::Sqlite => match conn.execute("commit").await {
            Err(failure) if failure.message.contains("no transaction is active") => Ok(()),
            outcome => outcome,
        },
    }
}

/// Ends what a script may have begun without ending it: a transaction (that of `set autocommit = 0` begins by itself), locks
/// on tables.
const LET_GO: &str = "commit; set autocommit = 1; unlock tables;";

/// MySQL commits before and after every DDL statement. So the ledger row is written dirty first, and flipped at the end.
///
/// All of it goes as one message: the server works through it statement by statement, and to the end even when this process
/// is killed meanwhile. It stops at a statement that fails.
async fn dirty_first(conn: &mut Connection, step: &Step<'_>, entry: Entry, first: bool) -> Result<(), Failure> {
    let engine = conn.engine();
    let version = step.migration.version;
    let create = if first { ledger::create_sql(engine) } else { "" };
    let (dirty, record) = match entry {
        Entry::Add => (
            ledger::insert_sql(engine, step.migration, step.up, false, -1),
            // The server's own clock, since this is sent before the script has run.
            ledger::finish_sql(version, "greatest(1, timestampdiff(microsecond, @neo_began, now(6))) * 1000"),
        ),
        Entry::Remove => (ledger::dirty_sql(version), ledger::delete_sql(version)),
    };
    let statements = engine::statements(engine, &step.source.sql);
    let before = format!("{create} {dirty} set @neo_began = now(6);");
    let message = match statements[..] {
        [] => format!("{before} {record}"),
        _ => framed(&before, &bare(&step.source.sql, &statements), &format!("{LET_GO} {record}")),
    };
    let Err(failure) = conn.execute(&message).await else { return Ok(()) };
    // What went through stays, and what is written about it next does as well.
    let _ = settle(conn).await;
    let mut failure = unframed(conn, failure, step);
    let Some(index) =
        failure.line.zip(failure.column).and_then(|at| statements.iter().rposition(|s| (s.line, s.column) <= at))
    else {
        return Err(failure);
    };
    numbered(&mut failure, index, statements.len());
    if statements[..index].iter().all(|s| changes_nothing(s.sql)) && is_atomic(statements[index].sql) {
        // Nothing was changed: mended, it can simply be run again.
        let undo = match entry {
            Entry::Add => ledger::delete_sql(version),
            Entry::Remove => ledger::clean_sql(version),
        };
        let _ = conn.execute(&undo).await;
    } else {
        let _ = conn.execute(&ledger::stopped_sql(version, index + 1)).await;
        let so_far = match index {
            0 => "part of it may".to_owned(),
            1 => "statement 1 has".to_owned(),
            n => format!("statements 1 to {n} have"),
        };
        let words = format!("{so_far} taken effect, and MySQL cannot take that back: {}", way_out(version));
        failure.hint.get_or_insert(words);
    }
    Err(failure)
}

/// The statements each in its place, and nothing between them but a semicolon: MySQL takes no empty statement, and a comment
/// that never ends would swallow what comes after it.
fn bare(sql: &str, statements: &[engine::Statement<'_>]) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut end = 0;
    for statement in statements {
        let gap = &sql[end..statement.offset];
        if end > 0 {
            text.push(';');
        }
        match gap.rfind('\n') {
            Some(last) => {
                text.extend(gap.chars().filter(|c| *c == '\n'));
                text.extend(gap[last + 1..].chars().map(|_| ' '));
            }
            None => text.extend(gap.chars().skip(usize::from(end > 0)).map(|_| ' ')),
        }
        text.push_str(statement.sql);
        end = statement.offset + statement.sql.len();
    }
    text
}

/// How a person gets a tenant out of a migration that is neither there nor not.
pub(super) fn way_out(version: i64) -> String {
    let (finished, undone) = (ledger::clean_sql(version), ledger::delete_sql(version));
    format!(
        "before this tenant is migrated again, either finish the rest by hand and run \"{}\", or undo it by hand and run \"{}\"",
        finished.trim_end_matches(';'),
        undone.trim_end_matches(';')
    )
}

/// Settings and questions.
fn changes_nothing(sql: &str) -> bool {
    matches!(first_word(sql).as_str(), "set" | "select" | "show")
}

/// Whether a failure of this one statement leaves nothing behind, even on MySQL. A `drop table` of several is none; of a
/// `call` nobody knows.
fn is_atomic(sql: &str) -> bool {
    match first_word(sql).as_str() {
        "alter" | "create" | "insert" | "update" | "delete" | "replace" | "rename" => true,
        "drop" => !sql.contains(','),
        _ => changes_nothing(sql),
    }
}

async fn write_entry(
    conn: &mut Connection,
    step: &Step<'_>,
    entry: Entry,
    first: bool,
    start: Instant,
) -> Result<(), Failure> {
    let engine = conn.engine();
    let record = match entry {
        Entry::Add => ledger::insert_sql(engine, step.migration, step.up, true, ns(start)),
        Entry::Remove => ledger::delete_sql(step.migration.version),
    };
    let create = if first { ledger::create_sql(engine) } else { "" };
    conn.execute(&format!("{create}{record}")).await.map_err(|f| located(f, step, None))
}

/// A script that begins or commits by itself would tear the ledger row from what it tells of.
pub(super) fn refuse_transaction_control(engine: Engine, step: &Step<'_>) -> Result<(), Failure> {
    if step.source.no_transaction {
        return Ok(());
    }
    for statement in engine::statements(engine, &step.source.sql) {
        let word = first_word(statement.sql);
        let is_control = match word.as_str() {
            "begin" | "commit" | "rollback" | "abort" | "start" => true,
            "end" => engine != Engine::Mysql,
            _ => false,
        };
        // `rollback to savepoint` stays within the transaction.
        let is_partial = word == "rollback" && statement.sql.to_ascii_lowercase().split_whitespace().any(|w| w == "to");
        if is_control && !is_partial {
            let failure = Failure::new(Category::Syntax, format!("{} in a migration", word.to_ascii_uppercase()))
                .detail("each migration runs in a transaction of its own, together with its row in the ledger")
                .hint("leave it out; or make the file's first line: -- neo: no-transaction");
            return Err(located(failure, step, Some((statement.line, statement.column))));
        }
    }
    Ok(())
}

fn first_word(sql: &str) -> String {
    sql.chars().take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_ascii_lowercase()
}

/// Where in the file it was, given where in the statement.
fn at_statement(
    failure: Failure,
    step: &Step<'_>,
    statement: &engine::Statement<'_>,
    index: usize,
    of: usize,
) -> Failure {
    let (line, column) = failure.line.zip(failure.column).unwrap_or((1, 1));
    let column = if line == 1 { statement.column + column - 1 } else { column };
    let mut failure = located(failure, step, Some((statement.line + line - 1, column)));
    numbered(&mut failure, index, of);
    failure
}

/// The same for a statement that runs by itself.
pub(super) fn in_statement(mut failure: Failure, source: &Source, statement: &engine::Statement<'_>) -> Failure {
    let (line, column) = failure.line.zip(failure.column).unwrap_or((1, 1));
    let column = if line == 1 { statement.column + column - 1 } else { column };
    (failure.line, failure.column) = (Some(statement.line + line - 1), Some(column));
    failure.file = Some(source.path.display().to_string());
    failure.excerpt_of(&source.sql);
    failure
}

fn numbered(failure: &mut Failure, index: usize, of: usize) {
    failure.statement = u32::try_from(index + 1).ok();
    failure.detail.get_or_insert_with(|| format!("statement {} of {of}", index + 1));
}

fn located(failure: Failure, step: &Step<'_>, position: Option<(u32, u32)>) -> Failure {
    let mut failure = failure.within(&step.source.sql);
    failure.migration = Some(step.migration.label());
    failure.file = Some(step.source.path.display().to_string());
    (failure.line, failure.column) = position.unzip();
    failure.excerpt_of(&step.source.sql);
    failure
}

fn ns(start: Instant) -> i64 {
    i64::try_from(start.elapsed().as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_script_has_every_statement_where_it_was() {
        let sql = "-- é;\n  create table a (id int);; /* x */ insert into a\nvalues ('é')\n;\n# end\ndrop table a; /* and so on";
        let statements = engine::statements(Engine::Mysql, sql);
        let text = bare(sql, &statements);
        let places = |found: &[engine::Statement<'_>]| {
            found.iter().map(|s| (s.line, s.column, s.sql.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(places(&engine::statements(Engine::Mysql, &text)), places(&statements));
        assert_eq!(statements.len(), 3);
        assert!(!text.contains("/*") && !text.contains(";;"), "{text}");
    }
}
