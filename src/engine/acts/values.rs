//! What a query or an update puts into a column: a column as it is, all there are, or something that is made of some.

use super::reading::{Reading, outside, parts, starts};
use super::same::is_same;
use super::terms::{LEVELS, Value, peeled, value};
use super::using::{casts, loss};
use super::words::Word;
use super::{Taken, plain};
use crate::engine::Engine;

/// What stands in one place of a list, and the name that it has there.
pub(super) fn taken(engine: Engine, part: &[Word<'_>]) -> (Option<String>, Taken) {
    if part.last().is_some_and(|word| word.is("*")) && part.len() <= 3 {
        return (None, Taken::All);
    }
    let (words, alias) = named(part);
    match whole(engine, words, LEVELS) {
        Some((column, through)) => {
            let own = column.rsplit('.').next().unwrap_or(&column).to_owned();
            (Some(alias.unwrap_or(own)), Taken::Column { column, through })
        }
        None => (alias, Taken::Made { of: read(words), by: by(words) }),
    }
}

/// `upper(a) as b`, `a b`
fn named<'a>(part: &'a [Word<'a>]) -> (&'a [Word<'a>], Option<String>) {
    match part {
        [words @ .., r#as, name] if r#as.is("as") && name.is_name() && !words.is_empty() => {
            (words, Some(plain(name.text)))
        }
        [words @ .., name] if name.is_name() && is_column(name) && !words.is_empty() => {
            let ends = words.last().is_some_and(|word| word.is(")") || word.is("end") || is_column(word));
            let (before, is_type) = (words.len().checked_sub(2), words.last().is_some_and(|word| word.is(":")));
            let is_qualified = before.is_some_and(|at| words[at].is(".") && words.len() > 3);
            match (ends || is_qualified) && !is_type && !name.is("end") {
                true => (words, Some(plain(name.text))),
                false => (part, None),
            }
        }
        _ => (part, None),
    }
}

fn is_column(word: &Word<'_>) -> bool {
    let others = [
        "and",
        "between",
        "case",
        "collate",
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "else",
        "end",
        "false",
        "from",
        "in",
        "is",
        "like",
        "localtime",
        "localtimestamp",
        "not",
        "null",
        "or",
        "select",
        "then",
        "true",
        "when",
        "where",
    ];
    word.is_name() && !word.is_any(&others) && !word.text.starts_with(|c: char| c.is_ascii_digit() || c == '@')
}

/// The column whose value is all in an expression, with the table where one is named, and the types that it goes through.
fn whole(engine: Engine, words: &[Word<'_>], levels: usize) -> Option<(String, Vec<String>)> {
    let levels = levels.checked_sub(1)?;
    let words = peeled(words);
    let again = |words: &[Word<'_>]| whole(engine, words, levels);
    let is_constant = |words: &[Word<'_>]| matches!(value(engine, words), Some(Value::Text(_) | Value::Number(_)));
    if is_column(words.first()?) {
        let mut reading = Reading::new(words);
        let name = reading.name();
        if reading.words.is_empty() {
            return Some((name?, Vec::new()));
        }
    }
    if engine != Engine::Mysql && outside(words, &["||"]).is_some() {
        return one_of(&parts(words, "||"), is_constant).and_then(again);
    }
    if let Some(at) = outside(words, &["collate"]) {
        return again(&words[..at]);
    }
    if let Some((column, mut through)) = cast(words).and_then(again) {
        through.extend(casts(words));
        return Some((column, through));
    }
    if let Some((sign, number)) = outside(words, &["+", "-", "*"]).and_then(|at| Some((at, words.get(at + 1..)?))) {
        // What is counted on or multiplied can be had again.
        let is_some = matches!(value(engine, number), Some(Value::Number(n)) if n != 0.0);
        return is_some.then(|| again(&words[..sign]))?;
    }
    if words.first()?.is("case") {
        return unless_null(words).and_then(again);
    }
    let (called, rest) = words.split_first()?;
    let mut reading = Reading::new(rest);
    let inside = reading.parens().filter(|_| reading.words.is_empty())?;
    let arguments = parts(inside, ",");
    let first = *arguments.first()?;
    if called.is("cast") || (called.is("convert") && arguments.len() == 2) {
        let at = outside(first, &["as"]).unwrap_or(first.len());
        let (column, mut through) = again(&first[..at])?;
        match called.is("cast") {
            true => through.extend(casts(words)),
            false => through.push(super::heads::ty(arguments[1])),
        }
        return Some((column, through));
    }
    if called.is_any(&["coalesce", "ifnull", "nvl"]) {
        return again(first);
    }
    if called.is_any(&["if", "iif"]) {
        let [asked, _, other] = arguments[..] else { return None };
        return is_null_of(asked, other).then(|| again(other))?;
    }
    if called.is("concat") {
        return one_of(&arguments, is_constant).and_then(again);
    }
    let keeping = ["hex", "json_quote", "quote_literal", "to_hex", "to_json", "to_jsonb", "to_timestamp"];
    (called.is_any(&keeping) && arguments.len() == 1).then(|| again(first))?
}

/// The one that is no constant.
fn one_of<'a>(parts: &[&'a [Word<'a>]], is_constant: impl Fn(&[Word<'_>]) -> bool) -> Option<&'a [Word<'a>]> {
    let mut others = parts.iter().filter(|part| !is_constant(part));
    others.next().filter(|_| others.next().is_none()).copied()
}

/// `c` of `c::text::varchar`
fn cast<'a>(words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let at = outside(words, &[":"])?;
    starts(&words[at..], &[":", ":"]).then_some(())?;
    let is_type = |word: &Word<'_>| word.is_name() || word.is_any(&[":", "(", ")", ",", "[", "]"]);
    words[at..].iter().all(is_type).then_some(&words[..at])
}

/// `case when c is null then 0 else c end`
fn unless_null<'a>(words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    starts(words, &["case", "when"]).then_some(())?;
    words.last()?.is("end").then_some(())?;
    let inside = &words[2..words.len() - 1];
    let then = inside.iter().position(|word| word.is("then"))?;
    let other = inside.iter().position(|word| word.is("else"))?;
    let is_one = !inside.iter().any(|word| word.is_any(&["when", "case"]));
    (is_one && then < other).then_some(())?;
    is_null_of(&inside[..then], &inside[other + 1..]).then_some(&inside[other + 1..])
}

fn is_null_of(asked: &[Word<'_>], other: &[Word<'_>]) -> bool {
    matches!(peeled(asked), [of @ .., is, null] if is.is("is") && null.is("null") && is_same(of, other))
}

/// The columns that an expression reads.
fn read(words: &[Word<'_>]) -> Vec<String> {
    let is_read = |(n, word): (usize, &Word<'_>)| {
        let next = words.get(n + 1);
        let is_other = next.is_some_and(|next| next.is("(") || next.is("."));
        let is_type = n.checked_sub(1).is_some_and(|before| words[before].is_any(&[":", "as"]));
        (is_column(word) && !is_other && !is_type).then(|| plain(word.text))
    };
    words.iter().enumerate().filter_map(is_read).collect()
}

/// What makes something else of a value, by its own word.
fn by(words: &[Word<'_>]) -> String {
    let said = loss(words).map(|(by, _)| by);
    let called = |pair: &[Word<'_>]| (pair[0].is_name() && pair[1].is("(")).then(|| pair[0].text.to_lowercase());
    let sign = || words.iter().find(|word| !word.is_name() && !word.is_any(&["(", ")", "."])).map(|word| word.text);
    let is = || words.iter().any(|word| word.is("is")).then_some("is");
    said.or_else(|| words.windows(2).find_map(called))
        .or_else(|| is().or_else(sign).map(str::to_owned))
        .unwrap_or_else(|| "what it is made of".into())
}

/// What of a list makes one row of several, or none of some: `max(a)`, `unnest(a)`; a function over a window does not.
pub(super) fn gathers(list: &[Word<'_>]) -> Option<String> {
    let mut depth = Vec::new();
    for (n, word) in list.iter().enumerate() {
        if word.is("(") {
            let is_query = list.get(n + 1).is_some_and(|next| next.is("select"));
            depth.push(is_query);
        } else if word.is(")") {
            depth.pop();
        } else if word.is_any(&GATHERING) && !depth.contains(&true) {
            let mut reading = Reading::new(&list[n + 1..]);
            let Some(inside) = reading.parens() else { continue };
            // Of two values SQLite's is no aggregate.
            let is_of_two = word.is_any(&["max", "min"]) && parts(inside, ",").len() > 1;
            if !is_of_two && !reading.words.first().is_some_and(|next| next.is("over")) {
                return Some(word.text.to_lowercase());
            }
        }
    }
    None
}

const GATHERING: [&str; 46] = [
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "generate_series",
    "generate_subscripts",
    "group_concat",
    "json_agg",
    "json_array_elements",
    "json_array_elements_text",
    "json_arrayagg",
    "json_each",
    "json_each_text",
    "json_group_array",
    "json_group_object",
    "json_object_agg",
    "json_object_keys",
    "json_objectagg",
    "json_populate_recordset",
    "json_to_recordset",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_agg",
    "jsonb_object_keys",
    "jsonb_path_query",
    "max",
    "min",
    "regexp_matches",
    "regexp_split_to_table",
    "std",
    "stddev",
    "string_agg",
    "string_to_table",
    "sum",
    "total",
    "unnest",
    "variance",
];
