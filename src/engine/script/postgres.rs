//! PostgreSQL: begin, script, entry and commit go as one message, so that one round trip is all it takes.

use super::super::postgres::{own, position as own_position};
use super::{Category, Connection, Engine, Failure, Script, numbered, position};
use crate::engine::connection::Broken;
use crate::engine::ledger::{WRITTEN, WRITTEN_SOON, unwritten};
use crate::engine::traced::Turns;
use crate::engine::unclosed;
use crate::traces;

/// What the script has set is set for it alone, and not for our row or the next file.
const RESETS: &str = "reset session authorization; reset role; reset all;";
/// What outlives a transaction: nobody asks for it any more. Nor is anything that was listened for told to us.
const LEAVE: &str = "close all; deallocate all; unlisten *; discard temp; discard sequences;";
/// The same after a file outside a transaction, with what it has begun.
pub(super) const LET_GO: &str = "rollback; reset session authorization; reset role; reset all; unlisten *;";

/// What is set before each file, since what it has set is reset after it: the session is the server's own, and from 17 on, where
/// a server may end a transaction that takes too long, a migration has no deadline, like a statement.
pub(super) async fn settings(conn: &mut Connection) -> Result<String, Failure> {
    let Connection::Postgres { conn, session, .. } = conn else { return Ok(String::new()) };
    let mut settings = match &session.own {
        Some(own) => own.clone(),
        None => session.own.insert(own::settings(conn, &session.target).await?).clone(),
    };
    if conn.server_version_num().is_some_and(|v| v >= 170_000) {
        settings += "set transaction_timeout = 0;";
    }
    Ok(settings)
}

pub(super) async fn in_one_message(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    // The server's own clock, since this is sent before the script has run.
    let spent = "(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000000000)::bigint";
    let (create, done) = (script.entry.create(conn), script.entry.done(conn, spent));
    // The script begins on a line of its own, and ends before the next.
    let lead = format!("{}begin;", settings(conn).await?);
    let message = format!("{lead}\n{}\n;{RESETS} {WRITTEN_SOON} {create}{done} {WRITTEN} commit; {LEAVE}", script.sql);
    // The text is taken apart for whoever collects traces, and for a failure.
    let own = if traces::are_collected() { conn.statements(script.sql) } else { Vec::new() };
    let turns = Turns::of(Engine::Postgres, || conn.statements(&lead).len(), 0, &own);
    let Err(Broken { error, done: broken_at }) = conn.send_in_turns(&message, turns).await else { return Ok(()) };
    // Without this the session stays in the failed transaction.
    conn.rollback().await;
    // What comes after the commit may fail, and the file has gone through all the same.
    if script.entry.is_written(conn).await {
        return Ok(());
    }
    let failure = Failure::from_sqlx(Engine::Postgres, &error);
    let ours = conn.statements(&format!("{lead}{}", script.sql)).len();
    if failure.is_cut_short() && broken_at > ours {
        return Err(unwritten(conn, failure));
    }
    // Each statement that went through has answered once; where the server gives no place, that tells which it was.
    let statements = conn.statements(script.sql);
    let index = broken_at.checked_sub(conn.statements(&lead).len()).filter(|index| *index < statements.len());
    let place = match own_position(&error, &message) {
        Some((line, column)) => Some((line.saturating_sub(1), column)),
        None => index.map(|index| (statements[index].line, statements[index].column)),
    };
    let failure = placed(failure, script.sql, place);
    Err(match index.filter(|_| failure.line.is_some()) {
        Some(index) if failure.category != Category::Syntax => numbered(failure, index, statements.len()),
        _ => failure,
    })
}

/// A failure of the framed script, told as one of the file: where in it, or not at all when it was in the frame. A quote that is
/// never closed reaches into the frame, and is told where it begins.
fn placed(failure: Failure, sql: &str, place: Option<(u32, u32)>) -> Failure {
    let end = position(sql, sql.trim_end().len());
    let is_inside = |at: &(u32, u32)| at.0 >= 1 && *at <= position(sql, sql.len());
    if failure.category == Category::Syntax {
        let open = unclosed(Engine::Postgres, sql).map(|at| position(sql, at));
        if let Some(opening) = open.filter(|opening| place.is_none_or(|at| at >= *opening)) {
            return failure.reworded("the quote that begins here is never closed").at(opening);
        }
        if place.is_some_and(|at| at.0 >= 1 && !is_inside(&at)) {
            return failure.reworded("syntax error at the end of the file").at(end);
        }
    }
    let (line, column) = place.filter(is_inside).unzip();
    Failure { line, column, ..failure }
}
