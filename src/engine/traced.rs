//! A statement as traces tell of it: its words, and none of its values.

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::statements::bare_by_either;
use super::{Engine, Statement};
use crate::traces::{self, TARGET};

/// Bytes of a statement that are told.
const TOLD: usize = 2000;

/// A file that is run on a tenant's database.
pub(super) fn file(version: i64, down: bool) -> Span {
    let direction = if down { "down" } else { "up" };
    info_span!(
        target: TARGET, "migration", otel.status_code = Empty, neo.version = version, neo.direction = direction
    )
}

/// The statements of a file in a message, each as its turn comes: when those before it have answered. Answers that come together
/// make turns that have no length.
pub(super) struct Turns<'a> {
    engine: Engine,
    /** How many of the message come before them, and of the file. */
    before: (usize, usize),
    statements: &'a [Statement<'a>],
    at: Span,
}

impl<'a> Turns<'a> {
    pub fn none(engine: Engine) -> Self {
        Self { engine, before: (0, 0), statements: &[], at: Span::none() }
    }

    /// `before`: how many statements of ours the message begins with. `first`: which of its file the first one is, from 0.
    pub fn of(engine: Engine, before: impl FnOnce() -> usize, first: usize, statements: &'a [Statement<'a>]) -> Self {
        match traces::are_collected() {
            true => Self { engine, before: (before(), first), statements, at: Span::none() },
            false => Self::none(engine),
        }
    }

    /// So many of the message have answered.
    pub fn answered(&mut self, done: usize) {
        let (engine, statements, (before, first)) = (self.engine, self.statements, self.before);
        let turn = done.checked_sub(before).and_then(|n| Some((first + n + 1, statements.get(n)?)));
        self.at = turn.map_or_else(Span::none, |(number, one)| {
            let span = statement(engine, one.sql);
            span.record("neo.statement", number);
            span.record("code.line.number", one.line);
            span
        });
    }

    /// The one whose turn it is has failed.
    pub fn failed(&self) {
        traces::failed(&self.at);
    }
}

/// One message to a tenant's database, which may hold several statements; or one of a file's.
pub(super) fn statement(engine: Engine, sql: &str) -> Span {
    let span = info_span!(
        target: TARGET, "statement", otel.kind = "client", otel.status_code = Empty, db.system.name = Empty, db.query.text = Empty,
        neo.statement = Empty, code.line.number = Empty
    );
    // Worked out for whoever collects it alone.
    if !span.is_disabled() {
        let system = match engine {
            Engine::Postgres => "postgresql",
            Engine::Mysql => "mysql",
            Engine::Sqlite => "sqlite",
        };
        span.record("db.system.name", system);
        span.record("db.query.text", &*without_values(engine, sql));
    }
    span
}

/// What stands in quotes, in comments and in figures is left out.
pub(super) fn without_values(engine: Engine, sql: &str) -> String {
    let is_cut = sql.len() > TOLD;
    let told = bare_by_either(engine, &sql[..sql.floor_char_boundary(TOLD)]);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = String::with_capacity(told.len());
    // A number goes on to its end, whichever way it is written; what only ends in one is a name.
    let (mut before, mut in_number) = (' ', false);
    for c in told.chars() {
        in_number = match in_number {
            true => is_part(c) || c == '.',
            false => c.is_ascii_digit() && !is_part(before),
        };
        match c {
            _ if in_number && words.ends_with('?') => {}
            _ if in_number => words.push('?'),
            c if c.is_whitespace() && words.ends_with(' ') => {}
            c if c.is_whitespace() => words.push(' '),
            c => words.push(c),
        }
        before = c;
    }
    let words = words.trim();
    if is_cut { format!("{words}…") } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_without_its_values() {
        for (engine, sql, told) in [
            (
                Engine::Postgres,
                "insert into people2 values (42, 'Ada', -1.5e3)",
                "insert into people2 values (?, , -?)",
            ),
            (
                Engine::Mysql,
                "update t set `a` = \"secret\", b = 0x41 # why\n where id=7",
                "update t set = , b = ? where id=?",
            ),
            (Engine::Sqlite, "create table t1 (a1 text default 'x''y')", "create table t1 (a1 text default )"),
            (Engine::Postgres, "select $$secret$$, $1", "select , $?"),
        ] {
            assert_eq!(without_values(engine, sql), told, "{sql}");
        }
        let long = format!("select {}", "'secret', ".repeat(1000));
        let told = without_values(Engine::Postgres, &long);
        assert!(told.ends_with('…') && !told.contains("secret"), "{told}");
    }
}
