//! What the statements of a file do to tables and columns, in one vocabulary for all engines.
//!
//! PostgreSQL is read by squawk's parser, MySQL and SQLite by sqlparser; what they give up on is read by its words, as far as
//! those say what becomes of tables; what becomes of rows their words say alone. What nobody knows is an act of its own,
//! [`What::NotUnderstood`]: the database is the judge of its own language.

mod alter;
mod assigned;
mod beside;
mod blocks;
mod calls;
mod client;
mod conditions;
mod copies;
mod covers;
mod doubtful;
mod fleeting;
mod heads;
mod incoming;
mod joins;
mod keyed;
mod made;
mod modes;
mod operators;
mod others;
mod overwritten;
mod partitions;
mod postgres;
mod prepared;
mod reading;
mod rows;
mod same;
mod servers;
mod terms;
mod texts;
mod touched;
mod undone;
mod unseen;
mod using;
mod values;
mod what;
pub(super) mod words;
mod written;

use std::borrow::Cow;

pub(super) use client::CLIENT_COMMANDS;
pub(crate) use covers::covers;
pub(crate) use made::Made;
pub(crate) use operators::asks;
pub(crate) use servers::Server;
pub(crate) use what::{Column, Constraint, Fill, Taken, Takes, Unseen, What};
pub(crate) use words::read_by;

use crate::engine::{self, Engine};
use reading::starts;
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

/// The acts of a script, in order. `made`: what the files before have made that a statement may depend on; this one's is added.
pub(crate) fn of(engine: Engine, sql: &str, made: &mut Made) -> Vec<Act> {
    made.begin_file();
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
    let mut pipes_join = false;
    let mut charset = None;
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
        let found = of_statement(engine, statement.sql, made);
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
            charset = modes::charset(&words).unwrap_or(charset);
            // Told once.
            if let Some(word) = modes::foreign(&words).filter(|_| charset.is_some()) {
                let told = charset.take().map(|charset| What::OtherCharset { charset });
                acts.extend(told.map(|what| Act::at(start + word.offset, what)));
            }
        }
    }
    undone::without_undone(engine, acts)
}

/// The acts of one statement, from its start.
fn of_statement(engine: Engine, sql: &str, made: &mut Made) -> Vec<Act> {
    let words = words::of(engine, sql);
    let here = |what| Act::at(0, what);
    let stays = modes::stays(engine, &words, made).map(here);
    let inside = blocks::acts(engine, sql, &words, made);
    let inside = inside.or_else(|| Some(texts::acts(engine, sql, &words, made)?.into_iter().map(here).collect()));
    if let Some(acts) = inside {
        return acts.into_iter().map(|act| Act { maybe: true, ..act }).chain(stays).collect();
    }
    if let Some(routine) = blocks::routine(engine, sql, &words, made) {
        made.keep(routine);
    }
    if let Some([first, .., last]) = rows::inner(engine, &words) {
        let before = &words[..words.iter().position(|word| word.offset == first.offset).unwrap_or_default()];
        // Up to the `for`.
        let set = before.get(2..before.len().saturating_sub(1)).unwrap_or_default();
        let is_lenient = starts(before, &["set", "statement"]) && modes::lenient(set, made) == Some(true);
        let around = |is| is_lenient.then(|| here(What::Lenient { is }));
        let before = made.is_lenient();
        made.set_lenient(before || is_lenient);
        let inner = of_statement(engine, &sql[first.offset..last.end()], made);
        made.set_lenient(before);
        let inner = inner.into_iter().map(|act| Act { offset: first.offset + act.offset, ..act });
        return around(true).into_iter().chain(inner).chain(around(false)).collect();
    }
    let called = made.called(engine, &words).into_iter().map(|what| Act { maybe: true, ..here(what) });
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
    acts.extend(rows::acts(engine, &words, made));
    acts.extend(called.chain(stays));
    acts.extend(beside::acts(engine, &words, made).into_iter().map(here));
    made.learn(engine, &words);
    modes::learn(engine, &words, made);
    partitions::learn(engine, &words, made);
    made.prepared.learn(engine, &words);
    acts.iter().for_each(|act| made.learn_copy(&act.what));
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
