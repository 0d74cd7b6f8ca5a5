//! What a statement fills a table from, and how much it takes of that: every row and column, or fewer.

use super::conditions::constant;
use super::joins::{Join, joins, tables};
use super::made::last;
use super::reading::{Reading, outside, parts, starts};
use super::terms::{Of, peeled};
use super::words::Word;
use super::{Takes, What, plain, using};
use crate::engine::Engine;

/// The table that an `insert … select`, a `create table … select` or an `update` fills, and the names of what that may
/// come from.
pub(super) fn copies(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    let head = words.first()?;
    let from = match () {
        () if head.is("update") => {
            reading.eat(&["update"]);
            reading.eat(&["only", "low_priority", "ignore"]);
            reading.eat_all(&["or"]).then(|| reading.eat(&["rollback", "abort", "replace", "fail", "ignore"]));
            words.iter().position(|word| word.is("set"))?
        }
        () if head.is_any(&["insert", "replace", "with"]) => {
            let into = words.iter().position(|word| word.is("into"))?;
            reading = Reading::new(&words[into + 1..]);
            words.iter().position(|word| word.is_any(&["select", "table"]))?
        }
        () if head.is("create") => {
            let table = words.iter().position(|word| word.is("table"))?;
            reading = Reading::new(&words[table + 1..]);
            reading.eat_if();
            let of_table = || words.windows(2).position(|pair| starts(pair, &["as", "table"])).map(|at| at + 1);
            words.iter().position(|word| word.is("select")).or_else(of_table)?
        }
        () if head.is("select") && rows.engine == Engine::Postgres => return selected(rows, words),
        () => return None,
    };
    let table = reading.name()?;
    let names = words[from..].iter().filter(|word| word.is_name()).map(|word| plain(word.text));
    let takes = match () {
        () if head.is("update") => {
            let is_joined = outside(&words[..from], &["join", "straight_join", ","]).is_some();
            assigned(rows, &words[from + 1..], is_joined)
        }
        // Which of its queries the rows come from is for nobody here to say.
        () if words[..=from].windows(3).any(|some| {
            some[0].is("with") && (some[1].is("recursive") || some[2].is_any(&["as", "("])) && some[1].is_name()
        }) =>
        {
            Takes::default()
        }
        () => {
            let passes = head.is("replace")
                || words[..from].iter().any(|word| word.is_any(&["ignore", "replace"]))
                || words.windows(2).any(|some| some[0].is("do") && some[1].is_any(&["nothing", "update"]))
                || words.windows(2).any(|some| starts(some, &["on", "duplicate"]));
            Takes { passes_doubles: passes && !head.is("create"), ..taken(rows, &table, &words[from..]) }
        }
    };
    Some(What::Copies { table, from: names.collect(), takes })
}

/// `select … into t from …`, which makes the table.
fn selected(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let at = outside(words, &["into"])?;
    let mut reading = Reading::new(&words[at + 1..]);
    while reading.eat(&["temporary", "temp", "unlogged", "table"]) {}
    let table = reading.name()?;
    let query = [&words[..at], reading.words].concat();
    let names = query.iter().filter(|word| word.is_name()).map(|word| plain(word.text)).collect();
    Some(What::Copies { takes: taken(rows, &table, &query), table, from: names })
}

/// What an update takes that puts other values of a row into a column of it.
fn assigned(rows: Of<'_>, words: &[Word<'_>], is_joined: bool) -> Takes {
    let until = outside(words, &["where", "from", "order", "limit", "returning"]).unwrap_or(words.len());
    let (values, rest) = words.split_at(until);
    let is_alone = !is_joined && outside(rest, &["from"]).is_none();
    let names: Vec<&str> = values.iter().filter(|word| word.is_name()).map(|word| word.text).collect();
    let limited = outside(rest, &["limit"]).map(|_| "limit".to_owned());
    let bound = outside(rest, &["where"]).and_then(|at| {
        let condition = &rest[at + 1..];
        let condition = &condition[..outside(condition, &["order", "limit", "returning"]).unwrap_or(condition.len())];
        // Where there is nothing, or where something is already, nothing is left out.
        let asks = |word: &Word<'_>| word.is_any(&["is", "not", "null", "and", "or", "(", ")", "."]);
        let is_of_values = condition.iter().all(|word| asks(word) || names.iter().any(|name| word.is(name)));
        (!is_of_values && constant(rows, condition) != Some(true)).then(|| "where".to_owned())
    });
    let cut = using::loss(values).filter(|(_, surely)| *surely).map(|(by, _)| by);
    Takes { whole: is_alone.then(Vec::new), but: limited.or(bound).or(cut), ..Takes::default() }
}

/// What a query takes that fills a table; of several in a `union`, the one that takes all.
fn taken(rows: Of<'_>, table: &str, words: &[Word<'_>]) -> Takes {
    // What closes here was opened before the query.
    let words = &words[..unopened(words).unwrap_or(words.len())];
    let is_without = words.windows(3).any(|some| starts(some, &["with", "no", "data"]));
    let behind = words.windows(2).position(|pair| {
        starts(pair, &["on", "conflict"]) || starts(pair, &["on", "duplicate"]) || starts(pair, &["with", "no"])
    });
    let words = &words[..behind.or_else(|| outside(words, &["returning"])).unwrap_or(words.len())];
    if outside(words, &["except", "intersect"]).is_some() {
        return Takes { whole: Some(Vec::new()), but: Some("except".into()), ..Takes::default() };
    }
    let mut rest = words;
    let mut found: Vec<Takes> = Vec::new();
    loop {
        let at = outside(rest, &["union"]);
        let branch = peeled(&rest[..at.unwrap_or(rest.len())]);
        found.push(query(rows, table, branch));
        let Some(at) = at else { break };
        rest = &rest[at + 1..];
        let mut reading = Reading::new(rest);
        reading.eat(&["all", "distinct"]);
        rest = reading.words;
    }
    let at = found.iter().position(|takes| takes.but.is_none()).unwrap_or_default();
    let takes = found.swap_remove(at);
    match is_without {
        true => Takes { but: Some("with no data".into()), ..takes },
        false => takes,
    }
}

/// Where a parenthesis closes that is not opened here.
fn unopened(words: &[Word<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            }
        }
        false
    })
}

fn query(rows: Of<'_>, into: &str, words: &[Word<'_>]) -> Takes {
    let mut reading = Reading::new(words);
    if reading.eat(&["table"]) {
        return Takes { whole: reading.name().map(|table| vec![table]), ..Takes::default() };
    }
    if !reading.eat(&["select"]) {
        return Takes::default();
    }
    let distinct = reading.eat(&["distinct", "distinctrow"]);
    reading.eat(&["all"]);
    let Some(at) = outside(reading.words, &["from"]) else { return Takes::default() };
    let (list, rest) = (&reading.words[..at], &reading.words[at + 1..]);
    let clauses = ["where", "group", "having", "window", "order", "limit", "offset", "fetch", "for"];
    let until = outside(rest, &clauses).unwrap_or(rest.len());
    let (refs, rest) = rest.split_at(until);
    let refs: &[Word<'_>] = &refs.iter().filter(|word| !word.is("only")).copied().collect::<Vec<_>>();
    if refs.first().is_none_or(|word| word.is("(")) {
        return Takes::default();
    }
    let joined = tables(refs, 1);
    let kinds = joins(refs);
    let first = joined.first().filter(|_| kinds.iter().all(|join| *join == Join::Left));
    let last_one = joined.last().filter(|_| kinds.last() == Some(&Join::Right));
    let whole: Vec<String> = first.into_iter().chain(last_one).map(|(table, _)| table.clone()).collect();
    let of = Of { table: whole.first().map(String::as_str), ..rows };
    let but = (whole.is_empty().then_some("join"))
        .or(distinct.then_some("distinct"))
        .or(refs.iter().any(|word| word.is("tablesample")).then_some("tablesample"))
        .or(bound(of, into, rest));
    let others = joined.iter().flat_map(|(table, alias)| [last(table), alias.clone()]).collect::<Vec<_>>();
    Takes { whole: Some(whole), but: but.map(str::to_owned), columns: columns(list, &others), passes_doubles: false }
}

/// What leaves rows out behind the tables.
fn bound(rows: Of<'_>, into: &str, rest: &[Word<'_>]) -> Option<&'static str> {
    let clauses = ["group", "having", "window", "order", "limit", "offset", "fetch", "for"];
    if let Some(at) = outside(rest, &["where"]) {
        let condition = &rest[at + 1..];
        let condition = &condition[..outside(condition, &clauses).unwrap_or(condition.len())];
        // What asks the copy itself leaves out what is there already.
        let asks_copy = condition.iter().any(|word| word.is_name() && plain(word.text) == last(into));
        if !asks_copy && constant(rows, condition) != Some(true) {
            return Some("where");
        }
    }
    // `limit -1`, and a number that no table reaches, are none.
    let limits = |at: usize| {
        let number = rest.get(at + 1);
        !number.is_some_and(|word| word.is("-") || word.text.parse::<f64>().is_ok_and(|n| n > 1e12))
    };
    ["group", "having", "offset", "fetch"]
        .into_iter()
        .find(|word| outside(rest, &[word]).is_some())
        .or_else(|| outside(rest, &["limit"]).filter(|at| limits(*at)).map(|_| "limit"))
}

/// The columns that a list reads whole; none where it takes all. One that is cut off where it stands, and stands nowhere else, is
/// not read whole.
fn columns(list: &[Word<'_>], tables: &[String]) -> Option<Vec<String>> {
    let parts = parts(list, ",");
    let is_all = |part: &[Word<'_>]| match part {
        [all] => all.is("*"),
        [table, dot, all] => dot.is(".") && all.is("*") && tables.contains(&plain(table.text)),
        _ => false,
    };
    if parts.iter().any(|part| is_all(part)) {
        return None;
    }
    let names = |part: &[Word<'_>]| -> Vec<String> {
        part.iter().filter(|word| word.is_name()).map(|word| plain(word.text)).collect()
    };
    let cut: Vec<Vec<String>> = parts.iter().map(|part| using::cut(part)).collect();
    let mut whole = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        let is_again = |name: &String| cut.iter().enumerate().any(|(m, others)| m != n && others.contains(name));
        whole.extend(names(part).into_iter().filter(|name| !cut[n].contains(name) || is_again(name)));
    }
    Some(whole)
}
