//! A transaction that a file begins where nobody reads it: in a routine, a block, a text, or by what a question answers. At the
//! file's end it would be taken back, while the ledger has the file as applied.

use super::super::words::{all_words, head, words};
use super::super::{Category, Connection, Engine, Failure, Script, Statement, numbered, taken_effect};
use super::LET_GO;

/// Whether a statement may begin one without saying so.
fn is_unseen(sql: &str) -> bool {
    // A comment that only some servers run.
    if sql.contains("/*!") || sql.contains("/*M!") {
        return true;
    }
    match head(sql).as_str() {
        "call" | "execute" | "xa" => true,
        "begin" => words(Engine::Mysql, sql).get(1).is_some_and(|word| word == "not"),
        // Blocks without a name, as MariaDB takes them.
        "if" | "case" | "loop" | "repeat" | "while" | "for" => true,
        "set" => all_words(Engine::Mysql, sql).iter().any(|word| word == "autocommit"),
        _ => false,
    }
}

/// Whether some statement may: only then is the server asked.
pub(super) fn may_be(statements: &[Statement<'_>]) -> bool {
    statements.iter().any(|statement| is_unseen(statement.sql))
}

/// Whether one is open now. MySQL has no word for it, and answers that it knows no such variable.
async fn is_open(conn: &mut Connection) -> bool {
    let asked = conn.texts("select cast(@@in_transaction as char)").await;
    asked.is_ok_and(|answer| answer.first().is_some_and(|open| open.as_deref() == Some("1")))
}

/// Refuses, at its end, a file that leaves one open, and takes back what can be.
pub(super) async fn refuse(
    conn: &mut Connection,
    script: &Script<'_>,
    statements: &[Statement<'_>],
) -> Result<(), Failure> {
    if !is_open(conn).await {
        return Ok(());
    }
    conn.rollback().await;
    // One that is prepared stays with the server, whoever leaves.
    let is_prepared = is_open(conn).await;
    let _ = conn.execute(LET_GO).await;
    let sql = script.entry.stopped(conn, None);
    conn.note_left(&sql).await;
    let why = match is_prepared {
        true => {
            "it is prepared, and keeps what it has locked until somebody ends it: xa recover names it, xa rollback ends it"
        }
        false => "at the end of the file it is taken back, and what was done in it with it",
    };
    let mut failure = Failure::new(Category::Syntax, "a transaction is begun here and never ended")
        .detail(why)
        .hint(taken_effect(&script.entry, 0, "what was done outside of that transaction stays"));
    if let Some(index) = statements.iter().rposition(|statement| is_unseen(statement.sql)) {
        let statement = &statements[index];
        failure = numbered(failure.at((statement.line, statement.column)), index, statements.len());
    }
    Err(failure)
}
