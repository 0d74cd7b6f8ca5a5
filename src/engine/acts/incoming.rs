//! Rows that come in where there are some already: under the same key they take the place of those, or write over them.

use super::made::last;
use super::overwritten::overwrites;
use super::reading::{Reading, outside, starts};
use super::terms::Of;
use super::words::Word;
use super::{What, copies};
use crate::engine::Engine;

/// What an `insert`, `replace` or `load data` does to rows that are there.
pub(super) fn incoming(rows: Of<'_>, words: &[Word<'_>]) -> Vec<What> {
    match replaced(rows.engine, words) {
        Some(what) => {
            [what].into_iter().chain(of_its_own(rows, words).map(|table| What::UpdateAll { table })).collect()
        }
        None => overwritten(rows, words).or_else(|| index_emptied(rows.engine, words)).into_iter().collect(),
    }
}

/// `replace into t`, `insert or replace into t`, `load data … replace into table t`: the row that is there goes first.
fn replaced(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    (engine != Engine::Postgres).then_some(())?;
    let mut reading = Reading::new(words);
    if reading.eat(&["replace"]) || (engine == Engine::Sqlite && reading.eat_all(&["insert", "or", "replace"])) {
        while reading.eat(&["low_priority", "delayed"]) {}
    } else {
        starts(words, &["load"]).then_some(())?;
        let at = words.windows(2).position(|pair| starts(pair, &["replace", "into"]))?;
        reading.words = &words[at + 1..];
    }
    reading.eat(&["into"]);
    reading.eat(&["table"]);
    Some(What::Replaces { table: reading.name()? })
}

/// The table that every row is read of which is written into it again: each meets itself there.
fn of_its_own(rows: Of<'_>, words: &[Word<'_>]) -> Option<String> {
    let Some(What::Copies { table, takes, .. }) = copies::copies(rows, words) else { return None };
    let is_own = takes.but.is_none() && takes.whole.iter().any(|whole| rows.made.has_all_of(whole, &table));
    is_own.then_some(table)
}

/// SQLite: `insert into f(f) values ('delete-all')` empties the index of a text search.
fn index_emptied(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    (engine == Engine::Sqlite && reading.eat_all(&["insert", "into"])).then_some(())?;
    let table = reading.name()?;
    let column = Reading::new(reading.parens()?).name()?;
    let says = reading.words.iter().filter_map(Word::said).any(|(text, _)| text.eq_ignore_ascii_case("delete-all"));
    let does = format!("empties the index {table} (delete-all)");
    (says && column == last(&table)).then_some(What::DropRows { does, table, partition: None })
}

/// `insert … on conflict do update`, `on duplicate key update`, whatever is there.
fn overwritten(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["insert"]).then_some(())?;
    while reading.eat(&["high_priority", "ignore", "low_priority"]) {}
    reading.eat(&["into"]);
    let table = reading.name()?;
    let has = |wanted: &[&str]| {
        reading.words.windows(wanted.len()).position(|some| starts(some, wanted)).map(|at| &reading.words[at..])
    };
    let update = has(&["do", "update"]).filter(|_| has(&["on", "conflict"]).is_some());
    let update = update.or_else(|| has(&["on", "duplicate", "key", "update"]))?;
    let is_bound = outside(update, &["where"]).is_some();
    let set = outside(update, &["set"]).map(|at| &update[at + 1..]);
    if (!is_bound || set.is_some_and(|set| overwrites(rows.engine, set))) && of_its_own(rows, words).is_some() {
        return Some(What::UpdateAll { table });
    }
    (!is_bound).then_some(What::Overwrites { table })
}
