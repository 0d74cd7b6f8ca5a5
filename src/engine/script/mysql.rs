//! MySQL and MariaDB: whatever defines something commits, before and after itself. So the entry is written dirty first, and
//! brought to its end with the last statement. A file that only writes rows is one transaction all the same.
//!
//! Statements that surely end at their semicolon and answer once go as one message: the server works through it to its end even
//! when this process is killed meanwhile, stops at the one that fails, and has answered for each before. What may hold
//! semicolons, or answers more than once, goes by itself.

mod left;

use super::words::{changes_nothing, resumes, words};
use super::{
    Category, Connection, Engine, Failure, Script, Statement, head, numbered, position, taken_effect, unplaced,
};
use crate::engine::connection::Broken;
use crate::engine::mysql::{near, place};
use crate::engine::traced::Turns;
use crate::engine::unclosed;

/// Takes back what is open, as it is when the client ends; tables are let go of.
pub(super) const LET_GO: &str = "rollback; set autocommit = 1; unlock tables;";
/// The server's own clock, since it is asked before the script has run.
const BEGAN: &str = "set @neo_began = now(6);";
const SPENT: &str = "greatest(1, timestampdiff(microsecond, @neo_began, now(6))) * 1000";

pub(super) async fn run(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    let statements = conn.statements(script.sql);
    if !script.alone && is_one_transaction(&statements) {
        return in_one_transaction(conn, script, &statements).await;
    }
    let lead = format!("{} {} {BEGAN}", script.entry.create(conn), script.entry.begun(conn));
    dirty_first(conn, script, &statements, 0, &lead).await
}

pub(super) async fn go_on(conn: &mut Connection, script: &Script<'_>, from: usize) -> Result<(), Failure> {
    let statements = conn.statements(script.sql);
    dirty_first(conn, script, &statements, from, BEGAN).await
}

/// Whether a file only writes rows, so that it can be taken back where the tables can.
pub(super) fn is_one_transaction(statements: &[Statement<'_>]) -> bool {
    let writes =
        |s: &Statement<'_>| matches!(head(s.sql).as_str(), "insert" | "update" | "delete" | "replace" | "with");
    let may = |s: &Statement<'_>| {
        let is_question = matches!(head(s.sql).as_str(), "select" | "values");
        let is_variable = head(s.sql) == "set" && s.sql[3..].trim_start().starts_with('@') && !s.sql.contains("@@");
        (writes(s)
            || is_variable
            || (is_question && !words(Engine::Mysql, s.sql).iter().any(|w| w == "outfile" || w == "dumpfile")))
            && !s.sql.starts_with("/*")
    };
    statements.iter().any(writes) && statements.iter().all(may)
}

async fn in_one_transaction(
    conn: &mut Connection,
    script: &Script<'_>,
    statements: &[Statement<'_>],
) -> Result<(), Failure> {
    let entry = &script.entry;
    let mut lead = format!("{} {BEGAN} start transaction;", entry.create(conn));
    let end = format!("{} commit;", entry.done(conn, SPENT));
    let mut at = 0;
    let (index, broken) = loop {
        let group = &statements[at..at + together(conn, &statements[at..])];
        let is_last = at + group.len() == statements.len();
        let message = format!("{lead}{}{}", joined(script.sql, group), if is_last { &end } else { "" });
        let turns = Turns::of(Engine::Mysql, || conn.statements(&lead).len(), at, group);
        match conn.send_in_turns(&message, turns).await {
            Ok(_) if is_last => return Ok(()),
            Ok(_) => at += group.len(),
            Err(broken) => {
                let done = broken.done.checked_sub(conn.statements(&lead).len());
                break (done.map(|done| at + done).filter(|index| *index < statements.len()), broken);
            }
        }
        lead.clear();
    };
    let mut failure = of_the_file(script, statements, index, &broken.error);
    conn.rollback().await;
    if let Some(index) = index.filter(|_| failure.category != Category::Connect)
        && stayed(conn).await
    {
        let sql = format!("{}{}", entry.begun(conn), entry.stopped(conn, None));
        conn.note_left(&sql).await;
        let but = "a table of theirs knows no transactions: look at what is there";
        failure.hint.get_or_insert_with(|| taken_effect(entry, index, but).into());
    }
    Err(failure)
}

/// Whether the rollback just now could not take all of it back: some tables know no transactions (warning 1196).
async fn stayed(conn: &mut Connection) -> bool {
    let Connection::Mysql { conn, .. } = conn else { return false };
    let warnings = sqlx::raw_sql("show warnings").fetch_all(conn).await.unwrap_or_default();
    warnings.iter().any(|row| {
        sqlx::Row::try_get::<u64, _>(row, 1).is_ok_and(|code| code == 1196)
            || sqlx::Row::try_get::<i64, _>(row, 1).is_ok_and(|code| code == 1196)
    })
}

/// From statement `from` on, in as few messages as can be. `lead`: statements of ours before the first, without rows.
async fn dirty_first(
    conn: &mut Connection,
    script: &Script<'_>,
    statements: &[Statement<'_>],
    from: usize,
    lead: &str,
) -> Result<(), Failure> {
    let end = format!("{LET_GO} {}", script.entry.finished(conn, SPENT));
    let mut lead = lead.to_owned();
    let mut at = from;
    let mut surely = true;
    // Then the entry is brought to its end once that is known.
    let is_watched = left::may_be(statements);
    while at < statements.len() {
        if is_by_itself(statements[at].sql) {
            if !lead.is_empty() {
                conn.execute(&std::mem::take(&mut lead)).await.map_err(unplaced)?;
            }
            let alone = by_itself(conn, script.sql, statements, at).await;
            surely &= alone.surely;
            if let Some(error) = alone.error {
                return Err(stopped(conn, script, statements, at, surely, &error).await);
            }
            at = alone.next;
            continue;
        }
        let until = at + together(conn, &statements[at..]);
        let group = &statements[at..until];
        let is_last = until == statements.len() && !is_watched;
        let message = format!("{lead}{}{}", joined(script.sql, group), if is_last { &end } else { "" });
        let turns = Turns::of(Engine::Mysql, || conn.statements(&lead).len(), at, group);
        if let Err(broken) = conn.send_in_turns(&message, turns).await {
            let Some(done) = broken.done.checked_sub(conn.statements(&lead).len()) else {
                return Err(unplaced(Failure::from_sqlx(Engine::Mysql, &broken.error)));
            };
            if done < group.len() {
                return Err(stopped(conn, script, statements, at + done, surely, &broken.error).await);
            }
            // All of the file went through; its session could not write the entry.
            return finish(conn, script).await;
        }
        if is_last {
            return Ok(());
        }
        lead.clear();
        at = until;
    }
    if is_watched {
        left::refuse(conn, script, statements).await?;
    }
    match conn.send(&format!("{lead}{end}")).await {
        Ok(_) => Ok(()),
        Err(broken) if broken.done < conn.statements(&lead).len() => {
            Err(unplaced(Failure::from_sqlx(Engine::Mysql, &broken.error)))
        }
        Err(_) => finish(conn, script).await,
    }
}

/// How many of these statements, from the first on, go as one message: as many as the server takes at once.
fn together(conn: &Connection, statements: &[Statement<'_>]) -> usize {
    // Room for what is written around them.
    let mut room = conn.session().packet.saturating_sub(16 << 10);
    let fits = |s: &&Statement<'_>| {
        let size = s.until - s.offset + 2;
        let fits = size <= room && !is_by_itself(s.sql);
        room = room.saturating_sub(size);
        fits
    };
    statements.iter().take_while(fits).count().max(1)
}

async fn finish(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    let _ = conn.execute(LET_GO).await;
    let sql = script.entry.finished(conn, "1");
    conn.note(&sql).await
}

/// The statements as they are, and a semicolon after each. What stands between them goes, but for a comment that would swallow
/// the semicolon: that gets a line's end.
fn joined(sql: &str, statements: &[Statement<'_>]) -> String {
    let mut text = String::with_capacity(sql.len() + statements.len());
    for statement in statements {
        let whole = &sql[statement.offset..statement.until];
        // A comment that never ends would swallow what comes after it.
        text.push_str(if closes(whole, statement.sql) { whole } else { statement.sql });
        if whole.len() != statement.sql.len() {
            text.push('\n');
        }
        text.push(';');
    }
    text
}

/// Whether the comments behind a statement end.
fn closes(whole: &str, sql: &str) -> bool {
    let rest = &whole[sql.len()..];
    rest.matches("/*").count() <= rest.matches("*/").count()
}

/// Whether a statement may hold semicolons, or answer more than once.
fn is_by_itself(sql: &str) -> bool {
    const PLAIN: [&str; 34] = [
        "alter",
        "analyze",
        "check",
        "checksum",
        "commit",
        "deallocate",
        "delete",
        "desc",
        "describe",
        "do",
        "drop",
        "explain",
        "flush",
        "grant",
        "insert",
        "kill",
        "load",
        "lock",
        "optimize",
        "prepare",
        "release",
        "rename",
        "repair",
        "replace",
        "revoke",
        "rollback",
        "savepoint",
        "select",
        "set",
        "show",
        "start",
        "truncate",
        "unlock",
        "update",
    ];
    let head = head(sql);
    // A conditional comment may be no statement at all.
    if sql.starts_with("/*") {
        return true;
    }
    match head.as_str() {
        "begin" => words(Engine::Mysql, sql).get(1).is_some_and(|word| word == "not"),
        "create" => words(Engine::Mysql, sql)
            .iter()
            .take(12)
            .any(|w| matches!(w.as_str(), "trigger" | "procedure" | "function" | "event" | "package")),
        "set" => words(Engine::Mysql, sql).get(1).is_some_and(|word| word == "statement"),
        "use" | "with" | "values" | "handler" | "xa" => head == "handler" || head == "xa",
        head => !PLAIN.contains(&head),
    }
}

/// What came of a statement that went by itself.
struct Alone {
    /// The next statement, of those that were seen.
    next: usize,
    /// Whether it was what it looked to be, and nothing behind it went along.
    surely: bool,
    error: Option<sqlx::Error>,
}

/// Runs one that may be longer than it looks: the server says that a statement is not finished by a syntax error at its very
/// end, and has then done nothing.
async fn by_itself(conn: &mut Connection, sql: &str, statements: &[Statement<'_>], at: usize) -> Alone {
    let start = statements[at].offset;
    // What defines something answers once: a second answer is of another statement.
    let answers_once = head(statements[at].sql) == "create";
    let mut unfinished = None;
    for next in at + 1..=statements.len() {
        let surely = next == at + 1;
        let turn = Turns::of(Engine::Mysql, || 0, at, &statements[at..=at]);
        match conn.send_in_turns(&sql[start..statements[next - 1].until], turn).await {
            Ok(answers) => return Alone { next, surely: surely && !(answers_once && answers > 1), error: None },
            Err(Broken { error, done: 0 }) if near(&error).is_some_and(|(near, _)| near.trim().is_empty()) => {
                unfinished.get_or_insert(error);
            }
            Err(Broken { error, done }) => {
                return Alone { next, surely: surely && !(answers_once && done > 0), error: Some(error) };
            }
        }
    }
    Alone { next: at + 1, surely: true, error: unfinished }
}

/// What is told and written of a statement that failed. What went through stays; what the file had begun itself is taken back,
/// as it is when the client ends.
async fn stopped(
    conn: &mut Connection,
    script: &Script<'_>,
    statements: &[Statement<'_>],
    index: usize,
    surely: bool,
    error: &sqlx::Error,
) -> Failure {
    let mut failure = of_the_file(script, statements, Some(index), error);
    // Who is not heard any more may still be at work, and bring the entry to its end: the row stays as it is.
    if !matches!(error, sqlx::Error::Database(_)) {
        return failure;
    }
    if !surely {
        failure.statement = None;
        failure.detail = Some(format!("in or after statement {}: where it ends, nobody saw", index + 1));
    }
    let begun = resumes(Engine::Mysql, &statements[..index]);
    conn.rollback().await;
    // Inside a transaction a routine may have committed, and a table may know no transactions.
    let is_known = surely
        && begun.is_none_or(|begun| {
            statements[begun..index].iter().all(|s| !matches!(head(s.sql).as_str(), "call" | "execute"))
        })
        && !(begun.is_some() && stayed(conn).await);
    let _ = conn.execute(LET_GO).await;
    let next = begun.unwrap_or(index);
    let is_clean = is_known
        && statements[..next].iter().all(|s| changes_nothing(s.sql))
        && (begun.is_some() || leaves_nothing(conn, statements[index].sql, &failure).await);
    let sql =
        if is_clean { script.entry.untouched(conn) } else { script.entry.stopped(conn, is_known.then_some(next + 1)) };
    conn.note_left(&sql).await;
    if !is_clean {
        failure.hint.get_or_insert_with(|| taken_effect(&script.entry, next, "MySQL cannot take that back").into());
    }
    failure
}

/// Whether this failure of this one statement has left nothing behind: nothing was run of what cannot be read or found, and
/// most else is taken back by the server itself.
async fn leaves_nothing(conn: &mut Connection, sql: &str, failure: &Failure) -> bool {
    let number = failure.code.as_deref().unwrap_or_default();
    let words = words(Engine::Mysql, sql);
    let has = |any: &[&str]| words.iter().any(|w| any.contains(&w.as_str()));
    match head(sql).as_str() {
        _ if number == "1064" => true,
        // The one that is called is not there; of what one that is there has done nobody knows.
        "call" => {
            number == "1305"
                && words.get(1).is_some_and(|name| {
                    let last = words.iter().skip(1).take_while(|w| *w != "(").last().unwrap_or(name);
                    failure.message.to_lowercase().contains(&format!(".{last} does not exist"))
                        || failure.message.to_lowercase().contains(&format!(".{name} does not exist"))
                })
        }
        "create" => {
            !has(&["replace"]) || has(&["view", "procedure", "function", "trigger", "event", "sequence", "index"])
        }
        "alter" | "rename" | "truncate" | "grant" | "revoke" | "lock" => true,
        "drop" => !sql.contains(','),
        "insert" | "update" | "delete" | "replace" | "with" | "load" => !knows_no_transactions(conn).await,
        _ => changes_nothing(sql),
    }
}

/// Whether there is a table here of which a failed statement keeps the rows it had come to.
async fn knows_no_transactions(conn: &mut Connection) -> bool {
    let sql = "select 1 from information_schema.tables t join information_schema.engines e on e.engine = t.engine \
               where t.table_schema = database() and t.table_type = 'BASE TABLE' and e.transactions <> 'YES' limit 1";
    let Connection::Mysql { conn, .. } = conn else { return false };
    sqlx::raw_sql(sql).fetch_all(conn).await.map_or(true, |rows| !rows.is_empty())
}

/// The failure as one of the file: where in it, and without what a server repeats of our own statements.
fn of_the_file(
    script: &Script<'_>,
    statements: &[Statement<'_>],
    index: Option<usize>,
    error: &sqlx::Error,
) -> Failure {
    let failure = unplaced(Failure::from_sqlx(Engine::Mysql, error));
    let Some((index, statement)) = index.and_then(|index| Some((index, statements.get(index)?))) else {
        return failure;
    };
    let failure = numbered(failure.at((statement.line, statement.column)), index, statements.len());
    let Some(at) = place(error, statement.sql) else { return failure };
    let open = unclosed(Engine::Mysql, script.sql).filter(|at| *at >= statement.offset);
    if let Some(at) = open {
        return failure.reworded("the quote that begins here is never closed").at(position(script.sql, at));
    }
    failure.at(position(script.sql, statement.offset + at))
}

#[cfg(test)]
mod tests;
