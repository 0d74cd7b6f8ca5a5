//! What a `select *` of a table does not read, and so no copy of it has: rows that policies hide from its owner too, past rows,
//! columns that are invisible.

use super::made::defined;
use super::reading::{Reading, parts, starts};
use super::words::Word;
use super::{Unseen, What, plain};
use crate::engine::Engine;

pub(super) fn unseen(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    match engine {
        Engine::Postgres => altered(words).into_iter().flat_map(|(table, part)| policies(table, part)).collect(),
        Engine::Mysql => of_mysql(words),
        Engine::Sqlite => Vec::new(),
    }
}

fn policies(table: String, operation: &[Word<'_>]) -> Option<What> {
    let says = |before: &[&str]| starts(operation, &[before, &["row", "level", "security"][..]].concat());
    let is = says(&["force"]);
    (is || says(&["no", "force"]) || says(&["disable"])).then_some(What::Unseen { table, part: Unseen::Rows, is })
}

fn of_mysql(words: &[Word<'_>]) -> Vec<What> {
    let is_invisible = |part: &[Word<'_>]| part.iter().skip(1).any(|word| word.is("invisible"));
    let hidden =
        |table: &str, column: String| What::Unseen { table: table.to_owned(), part: Unseen::Column(column), is: true };
    let mut whats = Vec::new();
    if let Some((table, inside)) = defined(words) {
        let named = parts(inside, ",").into_iter().filter(|part| is_invisible(part) && !is_index(part));
        let named = named.filter_map(|part| part.first()).filter(|word| word.is_name());
        whats.extend(named.map(|word| hidden(&table, plain(word.text))));
        if words.windows(3).any(|some| starts(some, &["with", "system", "versioning"])) {
            whats.push(What::Unseen { table, part: Unseen::History, is: true });
        }
        return whats;
    }
    for (table, operation) in altered(words) {
        for (verb, is) in [("add", true), ("drop", false)] {
            if starts(operation, &[verb, "system", "versioning"]) {
                whats.push(What::Unseen { table: table.clone(), part: Unseen::History, is });
            }
        }
        let mut reading = Reading::new(operation);
        let changes = starts(operation, &["change"]);
        if !reading.eat(&["add", "modify", "change"]) || is_index(reading.words) {
            continue;
        }
        reading.eat(&["column"]);
        reading.eat_if();
        let named = if changes { reading.name().and_then(|_| reading.name()) } else { reading.name() };
        whats.extend(named.filter(|_| is_invisible(operation)).map(|column| hidden(&table, column)));
    }
    whats
}

fn is_index(part: &[Word<'_>]) -> bool {
    let keys = ["constraint", "fulltext", "index", "key", "period", "primary", "spatial", "unique"];
    part.first().is_some_and(|word| word.is_any(&keys))
}

/// The operations of an `alter table`.
pub(super) fn altered<'a>(words: &'a [Word<'a>]) -> Vec<(String, &'a [Word<'a>])> {
    let mut reading = Reading::new(words);
    if !reading.eat(&["alter"]) {
        return Vec::new();
    }
    while reading.eat(&["online", "offline", "ignore"]) {}
    if !reading.eat(&["table"]) {
        return Vec::new();
    }
    reading.eat_if();
    reading.eat(&["only"]);
    let Some(table) = reading.name() else { return Vec::new() };
    parts(reading.words, ",").into_iter().map(|operation| (table.clone(), operation)).collect()
}
