//! Conditions that hold of each row that there is, for what is known of its keys: `rowid > 0`, `id is not null`,
//! `id in (select id from t)` of the rows of `t` itself.

use super::made::Key;
use super::plain;
use super::reading::Reading;
use super::terms::{Of, Value, peeled, sides, value};
use super::words::Word;
use crate::engine::Engine;

/// What is so of the keys of all rows: they are not null, and are numbers from 1 on.
pub(super) fn keyed(rows: Of<'_>, words: &[Word<'_>]) -> Option<bool> {
    let engine = rows.engine;
    if let Some(key) = key(rows, words) {
        // Of itself it is true where a number may be.
        return (key == Key::Counted && engine != Engine::Postgres).then_some(true);
    }
    if let Some(at) = words.iter().position(|word| word.is_any(&["is", "notnull"])) {
        let is_said = words[at].is("notnull") && at + 1 == words.len();
        let is_not_null = is_said || matches!(&words[at + 1..], [not, null] if not.is("not") && null.is("null"));
        let left = &words[..at];
        return (is_not_null && (key(rows, left).is_some() || is_at_hand(left))).then_some(true);
    }
    // `id not null`, as SQLite takes it.
    if let [left @ .., not, null] = words
        && rows.engine == Engine::Sqlite
        && not.is("not")
        && null.is("null")
    {
        return (key(rows, left).is_some() || is_at_hand(left)).then_some(true);
    }
    if let Some(at) = words.iter().position(|word| word.is("between")) {
        let and = at + words[at..].iter().position(|word| word.is("and"))?;
        let from = number_of(engine, &words[at + 1..and])?;
        let until = number_of(engine, &words[and + 1..])?;
        return (is_counted(rows, &words[..at]) && from <= 1.0 && until >= 999_999_999.0).then_some(true);
    }
    let (left, sign, right) = sides(words)?;
    let (of, sign, number) = match (number_of(engine, left), number_of(engine, right)) {
        (None, Some(number)) => (left, sign, number),
        (Some(number), None) => (right, turned(&sign).to_owned(), number),
        _ => return None,
    };
    let least = if is_counted(rows, of) { 1.0 } else { is_length(of).then_some(0.0)? };
    let holds = match sign.as_str() {
        ">" => number < least,
        ">=" => number <= least,
        "<>" | "!=" => number < least,
        _ => false,
    };
    holds.then_some(true)
}

fn number_of(engine: Engine, words: &[Word<'_>]) -> Option<f64> {
    match value(engine, words)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn is_counted(rows: Of<'_>, words: &[Word<'_>]) -> bool {
    key(rows, words) == Some(Key::Counted)
}

/// What is known of the column that stands here, by itself.
fn key(rows: Of<'_>, words: &[Word<'_>]) -> Option<Key> {
    let words = peeled(words);
    let column = match words {
        [column] => column,
        [_, dot, column] if dot.is(".") => column,
        _ => return None,
    };
    let name = column.is_name().then(|| plain(column.text))?;
    match rows.engine {
        Engine::Sqlite if ["rowid", "oid", "_rowid_"].contains(&name.as_str()) => Some(Key::Counted),
        Engine::Postgres if ["ctid", "tableoid", "xmin", "cmin"].contains(&name.as_str()) => Some(Key::There),
        Engine::Postgres | Engine::Mysql | Engine::Sqlite => rows.made.key(rows.table?, &name),
    }
}

/// A function whose answer is never below 0.
fn is_length(words: &[Word<'_>]) -> bool {
    let lengths = ["abs", "bit_length", "char_length", "character_length", "length", "octet_length"];
    matches!(words, [name, open, ..] if name.is_any(&lengths) && open.is("("))
}

/// What is there whatever a row holds.
fn is_at_hand(words: &[Word<'_>]) -> bool {
    let there = ["current_date", "current_timestamp", "now", "rand", "random", "version"];
    match words {
        [name] => name.is_any(&there[..2]),
        [name, open, close] => name.is_any(&there) && open.is("(") && close.is(")"),
        _ => false,
    }
}

/// `id in (select id from t)`, of the rows of `t` itself, without a condition: what bounds it besides, a number and an order.
pub(super) fn of_itself<'a>(rows: Of<'_>, words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let words = peeled(words);
    let at = words.iter().position(|word| word.is("in"))?;
    let mut reading = Reading::new(&words[at + 1..]);
    let inside = peeled(reading.parens().filter(|_| reading.words.is_empty())?);
    let mut reading = Reading::new(inside);
    reading.eat(&["select"]).then_some(())?;
    let from = reading.words.iter().position(|word| word.is("from"))?;
    let (asked, rest) = reading.words.split_at(from);
    let named = |words: &[Word<'_>]| words.last().filter(|word| word.is_name()).map(|word| plain(word.text));
    let is_column = words[..at].iter().chain(asked).all(|word| word.is_name() || word.is("."));
    if !is_column || named(&words[..at])? != named(asked)? {
        return None;
    }
    own(rows, &rest[1..])
}

/// What stands behind a `from` that is of the very table, where no condition does.
pub(super) fn own<'a>(rows: Of<'_>, from: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let mut reading = Reading::new(from);
    // Of a query that is of the table, as MySQL wants it where there is a limit.
    let inner = match reading.parens() {
        Some(inside) => {
            let query = inside.iter().position(|word| word.is("from"))?;
            inside.first()?.is("select").then_some(())?;
            Some(own(rows, &inside[query + 1..])?)
        }
        None => {
            let table = reading.name()?;
            rows.made.has_all_of(&table, rows.table?).then_some(())?;
            None
        }
    };
    reading.eat(&["as"]);
    let ends = ["order", "limit", "fetch"];
    if reading.words.first().is_some_and(|word| word.is_name() && !word.is_any(&ends)) {
        reading.name();
    }
    let is_bound = !reading.words.first().is_none_or(|word| word.is_any(&ends));
    (!is_bound).then_some(inner.unwrap_or(reading.words))
}

/// The sign when the sides change places.
fn turned(sign: &str) -> &str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        sign => sign,
    }
}
