//! What a statement fills a table from, and how much it takes of that: every row and column, or fewer.

use super::assigned::updated;
use super::conditions::constant;
use super::joins::{Join, joins, tables};
use super::made::last;
use super::reading::{Reading, outside, parts, starts};
use super::terms::{Of, bounding, but, names, peeled};
use super::values::{gathers, taken as value_of};
use super::words::Word;
use super::{Taken, Takes, What};
use crate::engine::Engine;

/// The table that an `insert … select`, a `create table … select` or an `update` fills, and the names of what that may
/// come from.
pub(super) fn copies(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let head = words.first()?;
    match () {
        () if head.is("update") => updated(rows, words),
        () if head.is_any(&["insert", "replace", "with"]) => inserted(rows, words),
        () if head.is("create") => created(rows, words),
        () if head.is("select") && rows.engine == Engine::Postgres => selected(rows, words),
        () => None,
    }
}

fn inserted(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let into = words.iter().position(|word| word.is("into"))?;
    let from = words.iter().position(|word| word.is_any(&["select", "table"]))?;
    let mut reading = Reading::new(&words[into + 1..]);
    let table = reading.name()?;
    if reading.eat(&["as"]) {
        reading.name();
    }
    let is_part = reading.eat(&["partition"]);
    let is_list = |words: &[Word<'_>]| {
        words.first().is_some_and(|open| open.is("(")) && !words.get(1).is_some_and(|next| next.is_any(&QUERY))
    };
    let mut columns = None;
    for _ in 0..1 + usize::from(is_part) {
        if is_list(reading.words) {
            let list = reading.parens()?;
            columns = Some(parts(list, ",").into_iter().filter_map(|part| Some(last(&Reading::new(part).name()?))));
        }
    }
    if reading.eat(&["overriding"]) {
        reading.words = reading.words.get(2..)?;
    }
    let passes = words[0].is("replace")
        || words[..into].iter().any(|word| word.is_any(&["ignore", "replace"]))
        || words.windows(2).any(|some| some[0].is("do") && some[1].is_any(&["nothing", "update"]))
        || words.windows(2).any(|some| starts(some, &["on", "duplicate"]));
    let takes = match words[0].is("with") {
        // Which of its queries the rows come from is for nobody here to say.
        true => but("with"),
        false => taken(rows, &table, reading.words),
    };
    let takes = Takes { passes_doubles: passes, into: columns.map(Iterator::collect), ..takes };
    Some(What::Copies { table, from: names(&words[from..]), takes })
}

fn created(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let table = words.iter().position(|word| word.is("table"))?;
    let mut reading = Reading::new(&words[table + 1..]);
    reading.eat_if();
    let of_table = || words.windows(2).position(|pair| starts(pair, &["as", "table"])).map(|at| at + 1);
    let from = words.iter().position(|word| word.is("select")).or_else(of_table)?;
    let table = reading.name()?;
    let defined = reading.parens().filter(|inside| !inside.first().is_some_and(|word| word.is_any(&QUERY)));
    let is_named = words[..=from].windows(3).any(|some| {
        some[0].is("with") && (some[1].is("recursive") || some[2].is_any(&["as", "("])) && some[1].is_name()
    });
    let opened = words[..from].iter().rev().take_while(|word| word.is("(")).count();
    let mut takes = match is_named {
        true => but("with"),
        false => taken(rows, &table, &words[from - opened..]),
    };
    if rows.engine == Engine::Postgres
        && let Some(inside) = defined
    {
        takes.into = Some(parts(inside, ",").into_iter().filter_map(|part| Reading::new(part).name()).collect());
    }
    takes.passes_doubles = from.checked_sub(opened + 1).is_some_and(|at| {
        let before = if words[at].is("as") { at.saturating_sub(1) } else { at };
        words[before].is_any(&["ignore", "replace"])
    });
    Some(What::Copies { table, from: names(&words[from..]), takes })
}

/// `select … into t from …`, which makes the table.
fn selected(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let at = outside(words, &["into"])?;
    let mut reading = Reading::new(&words[at + 1..]);
    while reading.eat(&["temporary", "temp", "unlogged", "table"]) {}
    let table = reading.name()?;
    let query = [&words[..at], reading.words].concat();
    Some(What::Copies { takes: taken(rows, &table, &query), table, from: names(&query) })
}

/// The table that a query has a row for each row of.
pub(super) fn whole(rows: Of<'_>, words: &[Word<'_>]) -> Option<String> {
    let takes = taken(rows, "", words);
    takes.whole.into_iter().next().filter(|_| takes.but.is_none())
}

/// How a query begins.
const QUERY: [&str; 5] = ["select", "with", "table", "values", "("];

/// What a query takes that fills a table; of several in a `union all`, the one that takes all.
fn taken(rows: Of<'_>, table: &str, words: &[Word<'_>]) -> Takes {
    let (words, behind) = words.split_at(behind(words).unwrap_or(words.len()));
    if behind.windows(3).any(|some| starts(some, &["with", "no", "data"])) {
        return but("with no data");
    }
    let words = peeled(words);
    if words.first().is_some_and(|word| word.is("with")) {
        return but("with");
    }
    if let Some(at) = outside(words, &["except", "intersect"]) {
        return but(&words[at].text.to_lowercase());
    }
    if outside(words, &["union"]).is_none() {
        return query(rows, table, words);
    }
    // What stands behind the last one bounds all of them.
    if let Some(at) = outside(words, &["limit", "offset", "fetch"]) {
        return but(&words[at].text.to_lowercase());
    }
    let mut rest = words;
    let mut found: Vec<Takes> = Vec::new();
    loop {
        let at = outside(rest, &["union"]);
        found.push(query(rows, table, peeled(&rest[..at.unwrap_or(rest.len())])));
        let Some(at) = at else { break };
        let mut reading = Reading::new(&rest[at + 1..]);
        // Of rows that are alike it keeps one.
        if !reading.eat(&["all"]) {
            return but("union");
        }
        rest = reading.words;
    }
    let at = found.iter().position(|takes| takes.but.is_none()).unwrap_or_default();
    found.swap_remove(at)
}

/// Where a query ends and the statement around it goes on.
fn behind(words: &[Word<'_>]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = outside(&words[from..], &["on", "with", "returning"]).map(|at| from + at) {
        let next = words.get(at + 1);
        let is_end = match () {
            () if words[at].is("on") => next.is_some_and(|word| word.is_any(&["conflict", "duplicate"])),
            () if words[at].is("with") => next.is_some_and(|word| word.is_any(&["no", "data"])),
            () => true,
        };
        if is_end {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn query(rows: Of<'_>, into: &str, words: &[Word<'_>]) -> Takes {
    let mut reading = Reading::new(words);
    if reading.eat(&["table"]) {
        let whole = Vec::from_iter(reading.name());
        let but = reading.words.first().map(|word| word.text.to_lowercase());
        return Takes { whole, but, values: vec![Taken::All], ..Takes::default() };
    }
    if !reading.eat(&["select"]) {
        return but(&words.first().map(|word| word.text.to_lowercase()).unwrap_or_default());
    }
    let distinct = reading.eat(&["distinct", "distinctrow"]);
    while reading.eat(&["all", "high_priority", "sql_buffer_result", "sql_cache", "sql_no_cache", "straight_join"]) {}
    let Some(at) = outside(reading.words, &["from"]) else { return but("select") };
    let (list, rest) = (&reading.words[..at], &reading.words[at + 1..]);
    let clauses = ["where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "lock"];
    let until = outside(rest, &clauses).unwrap_or(rest.len());
    let (refs, rest) = rest.split_at(until);
    // What stands in brackets is a query of its own, or several tables.
    let Some(first) = refs.first().filter(|word| !word.is("(")) else { return but("( … )") };
    let joined = tables(refs, 1);
    let kinds = joins(refs);
    let first_one = joined.first().filter(|_| kinds.iter().all(|join| *join == Join::Left));
    let last_one = joined.last().filter(|_| kinds.last() == Some(&Join::Right));
    let whole: Vec<String> = first_one.or(last_one).map(|(table, _)| table.clone()).into_iter().collect();
    let of = Of { table: whole.first().map(String::as_str), ..rows };
    let some = ["tablesample", "partition", "lateral", "system_time"];
    let part = rest.first().is_some_and(|word| word.is("for") && rest[1..].iter().any(|word| word.is("system_time")));
    let by = (whole.is_empty().then(|| "join".to_owned()))
        .or(distinct.then(|| "distinct".to_owned()))
        .or(first.is("only").then(|| "only".to_owned()))
        .or(outside(refs, &some).map(|at| refs[at].text.to_lowercase()))
        .or(part.then(|| "system_time".to_owned()))
        .or_else(|| bound(rest))
        .or_else(|| gathers(list));
    let condition = condition(of, into, rest);
    let own = |column: &str| {
        let Some((table, _)) = column.rsplit_once('.') else { return true };
        let is = |(name, alias): &&(String, String)| alias == table || name == table || last(name) == last(table);
        joined.iter().find(is).is_none_or(|(name, _)| whole.contains(name))
    };
    let found = parts(list, ",").into_iter().map(|part| value_of(rows.engine, part));
    let (named, values): (Vec<_>, Vec<_>) = found.map(|(name, value)| (name, of_own(value, &own))).unzip();
    let is_all = values.contains(&Taken::All);
    let is_counted = |table: &String| rows.engine == Engine::Mysql && counts(table);
    Takes {
        whole: whole.into_iter().filter(|table| !is_counted(table)).collect(),
        part: if by.is_none() { condition.clone() } else { None },
        but: by.or(condition.map(|_| "where".to_owned())),
        into: (!is_all).then(|| named.into_iter().map(Option::unwrap_or_default).collect()),
        values,
        ..Takes::default()
    }
}

/// `seq_1_to_100_step_3`: a table that MariaDB has without anybody's having made it.
fn counts(table: &str) -> bool {
    let mut words = table.split('_');
    let is_number = |word: Option<&str>| word.is_some_and(|word| word.parse::<u64>().is_ok());
    let is_range = words.next() == Some("seq") && is_number(words.next());
    let is_range = is_range && words.next() == Some("to") && is_number(words.next());
    is_range && words.next().is_none_or(|word| word == "step" && is_number(words.next()) && words.next().is_none())
}

/// Columns go by their own names; those of a table that is joined are none.
fn of_own(value: Taken, is_own: &impl Fn(&str) -> bool) -> Taken {
    match value {
        Taken::Column { column, .. } if !is_own(&column) => Taken::Made { of: Vec::new(), by: "join".into() },
        Taken::Column { column, through } => Taken::Column { column: last(&column), through },
        value => value,
    }
}

/// What leaves rows out behind the tables, but for a condition.
fn bound(rest: &[Word<'_>]) -> Option<String> {
    // `limit -1`, and a number that no table reaches, are none.
    let limits = |at: &usize| {
        let number = rest.get(at + 1);
        !number.is_some_and(|word| word.is("-") || word.text.parse::<f64>().is_ok_and(|n| n > 1e12))
    };
    let skips = rest.windows(2).any(|pair| starts(pair, &["skip", "locked"])).then(|| "skip locked".to_owned());
    let clauses = ["group", "having", "offset", "fetch"];
    let clause = clauses.into_iter().find(|word| outside(rest, &[word]).is_some());
    let clause = clause.or_else(|| outside(rest, &["limit"]).filter(limits).map(|_| "limit"));
    skips.or(clause.map(str::to_owned))
}

/// The condition that leaves rows out; what is so of each is none, and what asks that a row is not in the copy yet.
fn condition(rows: Of<'_>, into: &str, rest: &[Word<'_>]) -> Option<String> {
    let clauses = ["group", "having", "window", "order", "limit", "offset", "fetch", "for", "lock"];
    let at = outside(rest, &["where"])?;
    let condition = &rest[at + 1..];
    let condition = &condition[..outside(condition, &clauses).unwrap_or(condition.len())];
    bounding(condition, |part| constant(rows, part) == Some(true) || is_not_in(into, part))
}

/// `not exists (select 1 from n where n.id = t.id)`, `id not in (select id from n)`
fn is_not_in(into: &str, part: &[Word<'_>]) -> bool {
    let Some(open) = part.iter().position(|word| word.is("(")) else { return false };
    let head = &part[..open];
    let asks = match head {
        [not, exists] => not.is("not") && exists.is("exists"),
        [.., not, r#in] => not.is("not") && r#in.is("in"),
        _ => false,
    };
    let mut reading = Reading::new(&part[open..]);
    let Some(inside) = reading.parens().filter(|_| asks && reading.words.is_empty()) else { return false };
    let from = outside(inside, &["from"]).and_then(|at| Reading::new(&inside[at + 1..]).name());
    starts(inside, &["select"]) && from.is_some_and(|from| last(&from) == last(into))
}
