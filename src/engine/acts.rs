//! What the statements of a file do to tables and columns, in one vocabulary for all engines.
//!
//! PostgreSQL is read by squawk's parser, MySQL and SQLite by sqlparser; what they give up on is read by its words, as far as
//! those say what becomes of tables; what becomes of rows their words say alone. What nobody knows is an act of its own,
//! [`What::NotUnderstood`]: the database is the judge of its own language.

mod alter;
mod beside;
mod blocks;
mod client;
mod conditions;
mod heads;
mod others;
mod postgres;
mod reading;
mod rows;
mod texts;
pub(super) mod words;

use std::borrow::Cow;

pub(super) use client::CLIENT_COMMANDS;

use crate::engine::{self, Engine};
use texts::Variables;
use words::Word;

/// One deed of one statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Act {
    /** In bytes, from the start of the file. */
    pub offset: usize,
    pub what: What,
    /** In a block or a text: whether it comes to that is not known. */
    pub maybe: bool,
}

impl Act {
    fn at(offset: usize, what: What) -> Self {
        Self { offset, what, maybe: false }
    }
}

/// Where a parser gave up on a statement, and its words.
struct GaveUp {
    offset: usize,
    why: String,
}

/// Tables and columns are named as they are written, without quotes and in lower case: `contacts`, `public.contacts`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Each column with its type.
    CreateTable {
        table: String,
        columns: Vec<(String, String)>,
        temporary: bool,
    },
    /// A view, a sequence, a virtual table: what has a table's name and no columns that are known.
    CreateOther {
        name: String,
    },
    CreateSchema {
        schema: String,
    },
    /// A type, or what tables are made of besides: a domain, an extension, a function.
    CreateType {
        ty: String,
    },
    AddEnumValue {
        ty: String,
        value: String,
    },
    DropTable {
        table: String,
        if_exists: bool,
    },
    /// A table has a foreign key to another; its rows may go, or lose it, with the other's.
    Refers {
        table: String,
        to: String,
        follows: bool,
    },
    /// An `insert … select` or an `update` fills a table; the names in what it takes its values from.
    Copies {
        table: String,
        from: Vec<String>,
    },
    RenameTable {
        table: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        column: String,
        if_exists: bool,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    ChangeType {
        table: String,
        column: String,
        to: String,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        name: Option<String>,
        kind: Constraint,
        not_valid: bool,
    },
    ValidateConstraint {
        table: String,
        name: String,
    },
    CreateIndex {
        table: String,
        concurrently: bool,
    },
    DropIndex {
        index: String,
        concurrently: bool,
    },
    Reindex {
        concurrently: bool,
    },
    /// All of a table is written anew; the word says by what.
    Rewrite {
        table: String,
        by: &'static str,
    },
    AddPartition {
        table: String,
        partition: String,
    },
    /// Rows go otherwise than by a plain `delete`; the words say which, and of what they were.
    DropRows {
        does: String,
        table: String,
        partition: Option<String>,
    },
    Truncate {
        table: String,
    },
    DeleteAll {
        table: String,
    },
    /// A delete that is bound by a join alone: which rows, the words say.
    DeleteJoined {
        table: String,
        which: &'static str,
    },
    /// Rows go out of a table and are somewhere else then: a partition that is detached or exchanged. The words say which.
    RowsLeave {
        does: String,
        table: String,
        to: Option<String>,
    },
    /// `replace into`: the row that is there is deleted first.
    Replaces {
        table: String,
    },
    /// Another type for a column whose values are not read for it.
    Forgets {
        table: String,
        column: String,
        to: String,
    },
    UpdateAll {
        table: String,
    },
    DropSchema {
        schema: String,
        cascade: bool,
    },
    /// `drop … cascade` of what is no table: with `columns` those of tables go along.
    Cascade {
        kind: String,
        name: String,
        columns: bool,
    },
    /// `drop owned by`
    DropOwned {
        roles: String,
    },
    DropDatabase {
        database: String,
    },
    /// What PostgreSQL and SQLite refuse inside a transaction.
    OutsideTransaction {
        statement: &'static str,
    },
    /// `begin`, `commit`, `rollback`.
    TransactionControl {
        word: &'static str,
    },
    /// A pragma that SQLite does not heed inside a transaction.
    PragmaInTransaction {
        pragma: String,
    },
    /// `||` where it is an OR.
    Pipes,
    /// `comment on database`: there Neo keeps whose it is.
    OverwritesMark,
    /// SQLite: another file than the tenant's is opened, written or loaded.
    LeavesDatabase {
        statement: String,
    },
    /// From here on no foreign key is enforced, and nothing follows what it refers to.
    KeysOff,
    /// What only the client program knows: `\connect`, `.read`.
    ClientCommand {
        command: String,
    },
    /// A quote that is open at the end of the file; or only where a backslash escapes.
    Unclosed {
        surely: bool,
    },
    /// The linter's parser gave up, with its words. What the statement says that would take something away, in its own words.
    NotUnderstood {
        why: String,
        says: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Column {
    pub name: String,
    pub ty: String,
    pub not_null: bool,
    pub fill: Fill,
    /** Unique or primary: an index is built. */
    pub is_key: bool,
    /** A foreign key or a check. */
    pub is_checked: bool,
}

/// What an added column holds in the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Fill {
    #[default]
    Null,
    /// The same for every row: kept once.
    Constant,
    /// Another for each row: every row is written.
    EachRow,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Constraint {
    ForeignKey,
    Check,
    Unique,
    PrimaryKey,
    Exclude,
    NotNull,
    /// Takes over an index that is there.
    UsingIndex,
}

/// The acts of a script, in order.
pub(crate) fn of(engine: Engine, sql: &str) -> Vec<Act> {
    let sql = client::without_rows(engine, sql);
    let mut acts = Vec::new();
    let mut open = engine::unclosed(engine, &sql);
    let plainly = open.and_then(|_| without_escapes(engine, &sql));
    if let (Some(offset), Some(_)) = (open, &plainly) {
        open = None;
        // A file that says so itself is sure of it.
        if !sql.to_uppercase().contains("NO_BACKSLASH_ESCAPES") {
            acts.push(Act::at(offset, What::Unclosed { surely: false }));
        }
    }
    let sql = plainly.map_or(sql, Cow::Owned);
    let (mut variables, mut pipes_join) = (Variables::default(), false);
    for statement in engine::statements(engine, &sql) {
        let (start, end) = (statement.offset, statement.offset + statement.sql.len());
        if let Some(offset) = open.filter(|at| (start..end).contains(at)) {
            acts.push(Act::at(offset, What::Unclosed { surely: true }));
            continue;
        }
        let words = words::of(engine, statement.sql);
        if words.is_empty() {
            continue;
        }
        if let Some(command) = client::command(engine, statement.sql, &words) {
            acts.push(Act::at(start, What::ClientCommand { command }));
            continue;
        }
        let found = of_statement(engine, statement.sql, &mut variables);
        acts.extend(found.into_iter().map(|act| Act { offset: start + act.offset, ..act }));
        if engine == Engine::Sqlite
            && let Some(reach) = engine::reaches(statement.sql).filter(|reach| reach.is_elsewhere)
        {
            acts.push(Act::at(start + reach.offset, What::LeavesDatabase { statement: reach.what }));
        }
        if engine == Engine::Mysql {
            pipes_join |= beside::joins_by_pipes(&words);
            let pipes = beside::pipes(&words).filter(|_| !pipes_join);
            acts.extend(pipes.map(|word| Act::at(start + word.offset, What::Pipes)));
        }
    }
    acts
}

/// The acts of one statement, from its start.
fn of_statement(engine: Engine, sql: &str, variables: &mut Variables) -> Vec<Act> {
    let words = words::of(engine, sql);
    let here = |what| Act::at(0, what);
    let inside = blocks::acts(engine, sql, &words, variables);
    let inside = inside.or_else(|| Some(variables.acts(engine, sql, &words)?.into_iter().map(here).collect()));
    if let Some(acts) = inside {
        return acts.into_iter().map(|act| Act { maybe: true, ..act }).collect();
    }
    if let Some((routine, does)) = blocks::routine(engine, sql, &words) {
        variables.keep(routine, does);
    }
    let called = variables.called(&words).into_iter().map(|what| Act { maybe: true, ..here(what) });
    if let Some([first, .., last]) = rows::inner(engine, &words) {
        let inner = of_statement(engine, &sql[first.offset..last.end()], variables);
        return inner.into_iter().map(|act| Act { offset: first.offset + act.offset, ..act }).collect();
    }
    variables.learn(engine, &words);
    let parsed = match engine {
        Engine::Postgres => postgres::acts(sql).or_else(|gave_up| {
            let read =
                |operation: &str| Some(postgres::acts(operation).ok()?.into_iter().map(|act| act.what).collect());
            alter::altered(engine, sql, &words, read).ok_or(gave_up)
        }),
        Engine::Mysql | Engine::Sqlite => others::acts(engine, sql, &words),
    };
    let mut acts = parsed.unwrap_or_else(|gave_up| {
        let read = heads::acts(engine, &words);
        // PostgreSQL's parser knows its language: what it cannot read is worth a look, whatever the words say.
        let is_told = engine == Engine::Postgres || read.is_none();
        let says = if read.is_none() { heads::says(&words) } else { None };
        let GaveUp { offset, why } = gave_up;
        let told = is_told.then(|| Act::at(offset, What::NotUnderstood { why, says }));
        told.into_iter().chain(read.unwrap_or_default().into_iter().map(here)).collect()
    });
    acts.extend(rows::acts(engine, &words));
    acts.extend(called);
    acts.extend(beside::acts(engine, &words).into_iter().map(here));
    acts
}

/// Whether a text is written in a statement, also in a body that is read at once.
pub(crate) fn says(engine: Engine, sql: &str, text: &str) -> bool {
    let words = words::of(engine, sql);
    words.iter().filter_map(Word::said).any(|(said, _)| said == text)
        || body(&words).is_some_and(|inside| says(engine, inside, text))
}

/// The names in a statement, also in a body that is read at once.
pub(crate) fn names(engine: Engine, sql: &str) -> Vec<String> {
    let words = words::of(engine, sql);
    let inside = body(&words).map(|inside| names(engine, inside)).unwrap_or_default();
    words.iter().filter(|word| word.is_name()).map(|word| plain(word.text)).chain(inside).collect()
}

/// The body of a `do` block, or of a function in SQL, which PostgreSQL reads when it is made.
fn body<'a>(words: &[Word<'a>]) -> Option<&'a str> {
    let is_sql = words.windows(2).any(|pair| pair[0].is("language") && pair[1].is("sql"));
    let is_read = words.first()?.is("do") || (words.first()?.is("create") && is_sql);
    let text = words.iter().filter(|word| is_read && word.text.starts_with('$')).find_map(Word::said)?;
    Some(text.0)
}

/// The script as a server with NO_BACKSLASH_ESCAPES reads it, where all its quotes are closed there.
fn without_escapes(engine: Engine, sql: &str) -> Option<String> {
    let text = (engine == Engine::Mysql).then(|| sql.replace('\\', "_"))?;
    engine::unclosed(engine, &text).is_none().then_some(text)
}

/// Without quotes, folded: identifiers that differ in letters' case alone are taken for one.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']') && !c.is_whitespace()).collect();
    text.to_lowercase()
}

/// A type in one spelling: `character varying ( 50 )` is `character varying(50)`.
fn spelled(ty: &str) -> String {
    let words = ty.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    words.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(", ", ",").replace(" ,", ",")
}
