//! The executor of a file: its statements and its entry in the ledger, together where the engine can.
//!
//! A file has the effect that the engine's own program would give it, as in a session of its own; or it is refused before
//! anything is touched. What differs between engines is said in one room each: how a file is framed, what ends a statement,
//! what a session keeps, what a failure has left behind.

mod again;
mod askers;
mod barring;
mod mysql;
mod postgres;
mod refusals;
mod sqlite;
mod words;

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Instrument;

use super::ledger::{WRITTEN_SOON, unwritten};
use super::session::Traces;
use super::traced::{self, Turns};
use super::{Category, Connection, Engine, Entry, Failure, Statement, position};
use crate::error::{Advice, Say};
use crate::traces;
use words::head;

pub(crate) use barring::{makes_what_may_bar, routines_may_bar};
pub(crate) use refusals::refuse;

/// A file about to be run, and what the ledger is to be told of it.
pub(crate) struct Script<'a> {
    pub sql: &'a str,
    /// It asks for no transaction around it.
    pub alone: bool,
    pub entry: Entry,
}

/// Runs a file. A failure has its place in the file; what it has left behind is in the ledger.
pub(crate) async fn run(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    told(script, framed(conn, script).boxed()).await
}

/// A file as traces tell of it.
async fn told(script: &Script<'_>, work: BoxFuture<'_, Result<(), Failure>>) -> Result<(), Failure> {
    let span = traced::file(script.entry.version, script.entry.down);
    let outcome = work.instrument(span.clone()).await;
    if outcome.is_err() {
        traces::failed(&span);
    }
    outcome
}

async fn framed(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    conn.mark(script);
    match conn {
        Connection::Mysql { .. } => mysql::run(conn, script).await,
        Connection::Postgres { .. } if script.alone => {
            conn.prepare().await?;
            one_by_one(conn, script, 0).await
        }
        Connection::Sqlite { .. } if script.alone => one_by_one(conn, script, 0).await,
        Connection::Postgres { .. } => postgres::in_one_message(conn, script).await,
        Connection::Sqlite { .. } => sqlite::in_one_transaction(conn, script).await,
    }
}

/// Runs what is left of a file that was stopped half way, from this statement (from 0) on.
pub(crate) async fn go_on(conn: &mut Connection, script: &Script<'_>, from: usize) -> Result<(), Failure> {
    told(script, rest(conn, script, from).boxed()).await
}

async fn rest(conn: &mut Connection, script: &Script<'_>, from: usize) -> Result<(), Failure> {
    conn.mark(script);
    let statements = conn.statements(script.sql);
    let (before, after) = statements.split_at(from.min(statements.len()));
    let after = after.first().map_or("", |next| &script.sql[next.offset..]);
    let used = match before.first() {
        Some(_) => askers::used(conn, &script.sql[..script.sql.len() - after.len()], after).await?,
        None => askers::Used::default(),
    };
    let settings = again::settings(conn.engine(), before, after, used.reads)
        .map_err(|lost| gone(before, lost, "what comes after it may need it"))?;
    if let Some(lost) = again::leaves_a_memory(before)
        && let Some(asker) = used.asker
    {
        let why = format!("{asker}, which comes after it, asks what the session remembers of it");
        return Err(gone(before, lost, &why));
    }
    // On MySQL a routine sets back what it sets of the server's own: a variable is what stays.
    let is_read = conn.engine() == Engine::Postgres || used.reads || after.contains('@');
    if let (Some(setter), true) = (&used.setter, is_read)
        && let Some(lost) = again::leaves_a_memory(before)
    {
        return Err(gone(before, lost, &format!("{setter}, which it uses, may have set what comes after it reads")));
    }
    conn.prepare().await?;
    for setting in settings {
        conn.execute(setting.sql).await.map_err(|f| at(f, &setting))?;
    }
    match conn {
        Connection::Mysql { .. } => mysql::go_on(conn, script, from).await,
        Connection::Postgres { .. } | Connection::Sqlite { .. } => one_by_one(conn, script, from).await,
    }
}

/// What one of the statements before (from 0) has left in a session that is gone cannot be made again.
fn gone(before: &[Statement<'_>], lost: usize, why: &str) -> Failure {
    Failure::new(Category::Dirty, format!("what statement {} left in its session is gone", lost + 1))
        .detail(format!("it begins with `{}`; {why}", words::beginning(before[lost].sql)))
        .hint(
            Advice::from("finish the rest by hand and say so (")
                .act(Say::Applied)
                .and("), or undo it by hand (")
                .act(Say::NotApplied)
                .and(") and run again"),
        )
}

/// Whether a failure of the file leaves nothing behind.
pub(crate) fn is_atomic(engine: Engine, sql: &str, alone: bool) -> bool {
    match engine {
        Engine::Postgres | Engine::Sqlite => !alone,
        Engine::Mysql => !alone && mysql::is_one_transaction(&super::statements(engine, sql)),
    }
}

impl Connection {
    /// Makes the session new if a file before has left something in it, or if this one asks for what a session remembers. True
    /// when it was: the lock was let go of meanwhile, and whatever was read before is to be read again.
    pub(crate) async fn renew_for(&mut self, script: &Script<'_>, lock_deadline: Duration) -> Result<bool, Failure> {
        let is_needed = match self.session().traces {
            Traces::New => false,
            Traces::Used => words::keeps(self.engine(), script.sql),
            Traces::Wrote => words::keeps(self.engine(), script.sql) || self.has_triggers().await?,
            Traces::Left => true,
        };
        if is_needed {
            self.renew(lock_deadline).await?;
        }
        Ok(is_needed)
    }

    /// A new session that holds the migration lock.
    async fn renew(&mut self, lock_deadline: Duration) -> Result<(), Failure> {
        // A server takes a moment to end a session that is closed: what it has locked is to be free for the next at once.
        let free = match self {
            Connection::Postgres { .. } => "rollback; select pg_advisory_unlock_all()",
            Connection::Mysql { .. } => "rollback; unlock tables; do release_all_locks()",
            Connection::Sqlite { .. } => "rollback",
        };
        let _ = tokio::time::timeout(super::ANSWER, self.execute(free)).await;
        self.reopen().await?;
        match self {
            // The file's lock came along.
            Connection::Sqlite { .. } => Ok(()),
            Connection::Postgres { .. } | Connection::Mysql { .. } => self.lock(lock_deadline).await,
        }
    }

    /// Once the files have run: whoever looks at the database next does so with the server's own settings, and on SQLite after
    /// what a process that has ended had begun was taken back.
    pub(crate) async fn recover(&mut self) -> Result<(), Failure> {
        let has_ended = matches!(self, Connection::Sqlite { conn, .. } if conn.has_ended());
        if self.session().traces == Traces::Left || has_ended { self.reopen().await } else { Ok(()) }
    }

    /// What has run here may have left anything.
    pub(crate) fn doubt(&mut self) {
        self.session_mut().traces = Traces::Left;
    }

    fn mark(&mut self, script: &Script<'_>) {
        let keeps = script.alone || words::keeps(self.engine(), script.sql);
        let wrote = self.session().traces == Traces::Wrote || words::may_set_off(self.engine(), script.sql);
        self.session_mut().traces = match (keeps, wrote) {
            (true, _) => Traces::Left,
            (false, true) => Traces::Wrote,
            (false, false) => Traces::Used,
        };
    }

    /// Whether something in this database (MySQL, MariaDB) runs by itself where rows are written.
    async fn has_triggers(&mut self) -> Result<bool, Failure> {
        let any = "select trigger_name from information_schema.triggers where trigger_schema = database() limit 1";
        Ok(!self.texts(any).await.map_err(unplaced)?.is_empty())
    }

    /// Writes to the ledger, if need be beside a session that a file has left unable to.
    async fn note(&mut self, sql: &str) -> Result<(), Failure> {
        let sql = &match self {
            // One message is one transaction.
            Connection::Postgres { .. } => format!("{WRITTEN_SOON} {sql}"),
            Connection::Mysql { .. } | Connection::Sqlite { .. } => sql.to_owned(),
        };
        match self.execute(sql).await {
            Ok(()) => return Ok(()),
            Err(failure) if failure.is_cut_short() => return Err(unplaced(unwritten(self, failure))),
            Err(_) => {}
        }
        let mut beside = Connection::open(&self.session().target.clone()).await?;
        let written = beside.execute(sql).await;
        beside.close().await;
        written.map_err(unplaced)
    }

    /// The same of what a file that failed has left behind: what is told is that failure, whether or not this can be written.
    async fn note_left(&mut self, sql: &str) {
        if let Err(unwritten) = self.note(sql).await {
            tracing::warn!(error = unwritten.message, "what a file has left behind could not be written to the ledger");
        }
    }
}

/// Outside a transaction, statement by statement (a message with several would be one implicit transaction), and the ledger's
/// entry after the last. What went through before a failure stays, and then the ledger says so.
async fn one_by_one(conn: &mut Connection, script: &Script<'_>, from: usize) -> Result<(), Failure> {
    let statements = conn.statements(script.sql);
    let began = std::time::Instant::now();
    for (index, statement) in statements.iter().enumerate().skip(from) {
        // It concerns its own session alone, and nobody here reads what it would answer.
        if conn.engine() == Engine::Postgres && head(statement.sql) == "listen" {
            continue;
        }
        let turn = Turns::of(conn.engine(), || 0, index, std::slice::from_ref(statement));
        let Err(failure) = conn.execute_in_turns(statement.sql, turn).await else { continue };
        let mut failure = numbered(at(failure, statement), index, statements.len());
        conn.rollback().await;
        // What the file had begun itself was taken back just now.
        let next = words::resumes(conn.engine(), &statements[..index]).unwrap_or(index);
        if from > 0 || statements[..next].iter().any(|s| !words::changes_nothing(s.sql)) {
            conn.let_go().await;
            let begun = if from > 0 { String::new() } else { script.entry.begun(conn) };
            // Of a server that is not heard any more nobody knows what became of the statement.
            let next_one = failure.code.is_some().then_some(next + 1);
            let sql = format!("{}{begun}{}", script.entry.create(conn), script.entry.stopped(conn, next_one));
            if let Err(unwritten) = conn.note(&sql).await {
                tracing::warn!(
                    error = unwritten.message,
                    "what a file has left behind could not be written to the ledger"
                );
            }
            let but = "outside a transaction nothing takes that back";
            failure.hint.get_or_insert_with(|| taken_effect(&script.entry, next, but).into());
        }
        return Err(failure);
    }
    conn.let_go().await;
    let spent = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX).to_string();
    let written = if from > 0 { script.entry.finished(conn, &spent) } else { script.entry.done(conn, &spent) };
    let sql = format!("{}{written}", script.entry.create(conn));
    conn.note(&sql).await
}

impl Connection {
    /// What a file outside a transaction cannot be framed with is set once before it.
    async fn prepare(&mut self) -> Result<(), Failure> {
        match postgres::settings(self).await? {
            sql if sql.is_empty() => Ok(()),
            sql => self.execute(&sql).await.map_err(unplaced),
        }
    }

    /// After a file outside a transaction: what it has begun and not ended is taken back, as it is when its own program ends,
    /// and what it has set does not reach the ledger.
    async fn let_go(&mut self) {
        match self {
            Connection::Postgres { .. } => {
                let _ = self.execute(postgres::LET_GO).await;
            }
            Connection::Sqlite { .. } => {
                self.rollback().await;
                let _ = self.reopen().await;
                self.session_mut().traces = Traces::Left;
            }
            Connection::Mysql { .. } => {
                let _ = self.execute(mysql::LET_GO).await;
            }
        }
    }
}

fn taken_effect(entry: &Entry, statements: usize, but: &str) -> String {
    let way_out = super::ledger::way_out(entry.version);
    match statements {
        0 => format!("part of it may have taken effect, and {but}: {way_out}"),
        1 => format!("statement 1 has taken effect, and {but}: {way_out}"),
        n => format!("statements 1 to {n} have taken effect, and {but}: {way_out}"),
    }
}

/// Where in the file it was, given where in the statement.
fn at(mut failure: Failure, statement: &Statement<'_>) -> Failure {
    let (line, column) = failure.line.zip(failure.column).unwrap_or((1, 1));
    let column = if line == 1 { statement.column + column - 1 } else { column };
    (failure.line, failure.column) = (Some(statement.line + line - 1), Some(column));
    failure
}

fn numbered(mut failure: Failure, index: usize, of: usize) -> Failure {
    failure.statement = u32::try_from(index + 1).ok();
    failure.detail.get_or_insert_with(|| format!("statement {} of {of}", index + 1));
    failure
}

fn unplaced(failure: Failure) -> Failure {
    Failure { line: None, column: None, ..failure }
}
