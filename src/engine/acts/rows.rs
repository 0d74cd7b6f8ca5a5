//! Which rows a statement takes away or writes over, read by its words: every one, those that a join finds, or some, which is for
//! its author to know. A condition that holds of all rows is none.

use super::beside;
use super::conditions::{LEVELS, constant, peeled};
use super::reading::{Reading, starts};
use super::words::Word;
use super::{Act, What, plain};
use crate::engine::Engine;

/// What becomes of rows, each where its `delete`, `update`, `merge` or `replace` stands.
pub(super) fn acts(engine: Engine, words: &[Word<'_>]) -> Vec<Act> {
    within(engine, words, LEVELS)
}

fn within(engine: Engine, words: &[Word<'_>], levels: usize) -> Vec<Act> {
    let Some(levels) = levels.checked_sub(1) else { return Vec::new() };
    let (named, main) = named(words);
    let of_named = |(name, inside): &(String, &[Word<'_>])| moved(words, name, inside, within(engine, inside, levels));
    let mut found: Vec<Act> = named.iter().flat_map(of_named).collect();
    let Some(first) = main.first() else { return found };
    let whats = match first.text.to_ascii_lowercase().as_str() {
        "delete" => deleted(engine, &main[1..]),
        "update" => updated(engine, &main[1..]),
        "merge" => merged(engine, &main[1..]),
        "replace" | "insert" | "load" if engine != Engine::Postgres => replaced(engine, main).into_iter().collect(),
        _ => Vec::new(),
    };
    found.extend(whats.into_iter().map(|what| Act::at(first.offset, what)));
    found
}

/// The statement that another one runs, by its words: behind `explain analyze`, `set statement … for`, in a `copy (…) to`. Of a
/// plain `explain` none is run.
pub(super) fn inner<'a>(engine: Engine, words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let mut reading = Reading::new(words);
    let begins = |words: &[Word<'_>]| words.first().is_some_and(|word| word.is_any(&VERBS));
    match engine {
        Engine::Postgres if reading.eat(&["explain"]) => {
            let options = reading.parens().unwrap_or_default();
            let runs = reading.eat(&["analyze", "analyse"])
                | options.split(|word| word.is(",")).any(|option| match option {
                    [word] => word.is_any(&["analyze", "analyse"]),
                    [word, value] => word.is_any(&["analyze", "analyse"]) && !value.is_any(&["false", "off", "0"]),
                    _ => false,
                });
            reading.eat(&["verbose"]);
            (runs && begins(reading.words)).then_some(reading.words)
        }
        Engine::Postgres => {
            reading.eat(&["copy"]).then_some(())?;
            reading.parens().filter(|inside| begins(inside))
        }
        Engine::Mysql if reading.eat_all(&["set", "statement"]) => {
            let at = reading.words.iter().position(|word| word.is("for"))?;
            Some(&reading.words[at + 1..])
        }
        Engine::Mysql => {
            reading.eat(&["analyze"]).then_some(())?;
            if reading.eat_all(&["format", "="]) {
                reading.words = reading.words.get(1..)?;
            }
            begins(reading.words).then_some(reading.words)
        }
        Engine::Sqlite => None,
    }
}

const VERBS: [&str; 7] = ["delete", "insert", "merge", "replace", "select", "update", "with"];

/// The queries that have a name before a statement (`with … as (…)`), and the statement.
fn named<'a>(words: &'a [Word<'a>]) -> (Vec<(String, &'a [Word<'a>])>, &'a [Word<'a>]) {
    // Before it, or in a `create table … with (…) as with …`.
    let mut from = 0;
    while let Some(at) = outside(&words[from..], &["with"]) {
        from += at + 1;
        let (found, rest) = named_behind(&words[from..]);
        if !found.is_empty() {
            return (found, if from == 1 { rest } else { words });
        }
    }
    (Vec::new(), words)
}

/// The same, behind the `with`.
fn named_behind<'a>(words: &'a [Word<'a>]) -> (Vec<(String, &'a [Word<'a>])>, &'a [Word<'a>]) {
    let mut found = Vec::new();
    let mut reading = Reading::new(words);
    reading.eat(&["recursive"]);
    while let Some(name) = reading.name() {
        reading.parens();
        if !reading.eat(&["as"]) {
            break;
        }
        reading.eat(&["not"]);
        reading.eat(&["materialized"]);
        let Some(inside) = reading.parens() else { break };
        found.push((name, inside));
        // `search … set x`, `cycle … using x`
        while !reading.words.first().is_none_or(|word| word.is(",") || word.is_any(&VERBS)) {
            reading.words = &reading.words[1..];
        }
        if !reading.eat(&[","]) {
            break;
        }
    }
    (found, reading.words)
}

/// What a query with a name does, given what it does by itself. The rows that it deletes and gives back whole may go into another
/// table.
fn moved(words: &[Word<'_>], name: &str, inside: &[Word<'_>], mut found: Vec<Act>) -> Vec<Act> {
    let gives = outside(inside, &["returning"]).is_some_and(|at| match &inside[at + 1..] {
        [all, ..] if all.is("*") => true,
        [_, dot, all, ..] => dot.is(".") && all.is("*"),
        _ => false,
    });
    // What a `select` puts into may be a variable of a block's.
    let takes = starts(words, &["create"]) || words.windows(2).any(|pair| starts(pair, &["insert", "into"]));
    let to = match beside::copies(words) {
        Some(What::Copies { table, from }) if gives && takes && from.iter().any(|from| from == name) => Some(table),
        _ => None,
    };
    for act in &mut found {
        if let (What::DeleteAll { table } | What::DeleteJoined { table, .. }, Some(to)) = (&act.what, &to) {
            act.what = What::RowsLeave {
                does: format!("takes rows out of {table} and puts them into {to}"),
                table: table.clone(),
                to: Some(to.clone()),
            };
        }
    }
    found
}

/// Where one of these words stands first, outside of parentheses.
fn outside(words: &[Word<'_>], wanted: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word.is_any(wanted)
    })
}

/// What stands before the condition of a statement; none when that lets some rows only through.
fn unconditional<'a>(engine: Engine, words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let ends = ["where", "returning", "order", "limit"];
    let (before, behind) = words.split_at(outside(words, &ends).unwrap_or(words.len()));
    if outside(behind, &["limit"]).is_some() || before.windows(2).any(|pair| starts(pair, &["for", "portion"])) {
        return None;
    }
    let Some((_, condition)) = behind.split_first().filter(|(first, _)| first.is("where")) else { return Some(before) };
    let condition = &condition[..outside(condition, &ends).unwrap_or(condition.len())];
    (constant(engine, condition) == Some(true)).then_some(before)
}

fn deleted(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    let Some(before) = unconditional(engine, words) else { return Vec::new() };
    let mut reading = Reading::new(before);
    while reading.eat(&["low_priority", "quick", "ignore"]) {}
    let mysql = engine == Engine::Mysql;
    if mysql && starts(reading.words, &["history", "from"]) {
        reading.words = &reading.words[2..];
        let bounded = reading.words.iter().any(|word| word.is("before"));
        let Some(table) = reading.name().filter(|_| !bounded) else { return Vec::new() };
        return vec![What::DropRows { does: format!("deletes the history of {table}"), table, partition: None }];
    }
    if !reading.eat(&["from"]) {
        // `delete a, b from a join b`
        let Some(from) = outside(reading.words, &["from"]) else { return Vec::new() };
        return joined(engine, targets(&reading.words[..from]), &reading.words[from + 1..]);
    }
    if let Some(using) = outside(reading.words, &["using"]).filter(|_| mysql) {
        return joined(engine, targets(&reading.words[..using]), &reading.words[using + 1..]);
    }
    reading.eat(&["only"]);
    let Some(table) = reading.name() else { return Vec::new() };
    if mysql && reading.eat(&["partition"]) {
        let names = reading.parens().unwrap_or_default();
        let names = names.split(|word| word.is(",")).filter_map(|part| Reading::new(part).name());
        let of = |partition: String| What::DropRows {
            does: format!("deletes every row of the partition {partition} of {table}"),
            table: table.clone(),
            partition: Some(partition),
        };
        return names.map(of).collect();
    }
    // SQLite's own tables hold nothing that it does not write again.
    if engine == Engine::Sqlite && table.rsplit('.').next().is_some_and(|name| name.starts_with("sqlite_")) {
        return Vec::new();
    }
    vec![What::DeleteAll { table }]
}

/// The tables before a `from` or a `using`.
fn targets(words: &[Word<'_>]) -> Vec<String> {
    words.split(|word| word.is(",")).filter_map(|part| Reading::new(part).name()).collect()
}

/// Rows of several tables, or of one by others: `refs` is what stands behind `from`.
fn joined(engine: Engine, targets: Vec<String>, refs: &[Word<'_>]) -> Vec<What> {
    let tables = tables(refs, LEVELS);
    let joins = joins(refs);
    let is_bound = bounds(engine, refs);
    let of = |target: String| {
        let at = tables.iter().position(|(table, alias)| {
            *alias == target || *table == target || table.rsplit('.').next() == Some(&*target)
        });
        let table = at.map_or_else(|| target.clone(), |at| tables[at].0.clone());
        // Of the table on the one side of an outer join every row is found.
        let is_whole = (at == Some(0) && !joins.is_empty() && joins.iter().all(|join| *join == Join::Left))
            || (at.is_some() && at == tables.len().checked_sub(1) && joins.last() == Some(&Join::Right));
        match is_bound && !is_whole {
            true => What::DeleteJoined { table, which: "for which the join finds one" },
            false => What::DeleteAll { table },
        }
    };
    targets.into_iter().map(of).collect()
}

#[derive(PartialEq)]
enum Join {
    Left,
    Right,
    Other,
}

fn joins(refs: &[Word<'_>]) -> Vec<Join> {
    let refs = peeled(refs);
    let joins = refs.iter().enumerate().filter(|(_, word)| word.is_any(&["join", "straight_join", ","]));
    let kind = |(n, _): (usize, &Word<'_>)| {
        let before: Vec<&Word<'_>> = refs[..n].iter().rev().take(2).collect();
        match () {
            () if before.iter().any(|word| word.is("left")) => Join::Left,
            () if before.iter().any(|word| word.is("right")) => Join::Right,
            () => Join::Other,
        }
    };
    joins.map(kind).collect()
}

/// Whether a join says which rows belong together.
fn bounds(engine: Engine, refs: &[Word<'_>]) -> bool {
    let mut rest = peeled(refs);
    while let Some(at) = outside(rest, &["on", "using", "natural"]) {
        if !rest[at].is("on") {
            return true;
        }
        rest = &rest[at + 1..];
        let ends = ["join", "inner", "left", "right", "cross", "natural", "straight_join", ","];
        let end = outside(rest, &ends).unwrap_or(rest.len());
        // In the function of this name.
        let is_function = rest.get(end + 1).is_some_and(|word| word.is("("));
        if is_function || constant(engine, &rest[..end]) != Some(true) {
            return true;
        }
    }
    false
}

/// The tables that are joined, each with the name that it goes by.
fn tables(refs: &[Word<'_>], levels: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut reading = Reading::new(refs);
    let mut is_next = true;
    while let Some(word) = reading.words.first() {
        let inside = reading.parens();
        if let Some(inside) = inside {
            if let Some(levels) = levels.checked_sub(1).filter(|_| is_next) {
                found.extend(tables(inside, levels));
            }
            is_next = false;
        } else if std::mem::take(&mut is_next) && !word.is_any(&VERBS) {
            let Some(table) = reading.name() else { break };
            if reading.eat(&["partition"]) {
                reading.parens();
            }
            reading.eat(&["as"]);
            let others = [
                "join",
                "inner",
                "left",
                "right",
                "cross",
                "natural",
                "straight_join",
                "on",
                "using",
                "use",
                "force",
                "ignore",
                "for",
            ];
            let alias = reading.words.first().filter(|word| word.is_name() && !word.is_any(&others));
            let last = table.rsplit('.').next().unwrap_or(&table).to_owned();
            found.push((table, alias.map_or(last, |word| plain(word.text))));
        } else {
            is_next = word.is_any(&["join", "straight_join", ","]);
            reading.words = &reading.words[1..];
        }
    }
    found
}

fn updated(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    while reading.eat(&["low_priority", "ignore", "only"]) {}
    let or = reading.eat(&["or"]);
    let replaces = or && reading.words.first().is_some_and(|word| word.is("replace"));
    if or {
        reading.words = &reading.words[1..];
    }
    let Some(set) = outside(reading.words, &["set"]) else { return Vec::new() };
    let refs = &reading.words[..set];
    let Some(table) = Reading::new(peeled(refs)).name() else { return Vec::new() };
    let mut whats: Vec<What> =
        Vec::from_iter((replaces && engine == Engine::Sqlite).then(|| What::Replaces { table: table.clone() }));
    let is_joined = engine == Engine::Mysql && bounds(engine, refs);
    if unconditional(engine, reading.words).is_some() && !is_joined {
        whats.push(What::UpdateAll { table });
    }
    whats
}

/// `merge into t using s on … when matched then delete`
fn merged(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["into"]);
    reading.eat(&["only"]);
    let Some(table) = reading.name() else { return Vec::new() };
    let mut branches = split(reading.words, "when").into_iter();
    let on = branches.next().unwrap_or_default();
    let on = outside(on, &["on"]).map_or(on, |at| &on[at + 1..]);
    let is_every = constant(engine, on) == Some(true);
    let of = |branch: &[Word<'_>]| {
        let deletes = branch.windows(2).any(|pair| starts(pair, &["then", "delete"]));
        let condition = outside(branch, &["and"]).map(|and| &branch[and + 1..]);
        let condition = condition.map(|part| &part[..outside(part, &["then"]).unwrap_or(part.len())]);
        if !deletes || condition.is_some_and(|condition| constant(engine, condition) != Some(true)) {
            return None;
        }
        let table = table.clone();
        Some(match branch.first()?.is("not") {
            true => What::DeleteJoined { table, which: "that the source does not have" },
            false if is_every => What::DeleteAll { table },
            false => What::DeleteJoined { table, which: "that the source has" },
        })
    };
    branches.filter_map(of).collect()
}

fn split<'a>(words: &'a [Word<'a>], at: &str) -> Vec<&'a [Word<'a>]> {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some(n) = outside(rest, &[at]) {
        found.push(&rest[..n]);
        rest = &rest[n + 1..];
    }
    found.push(rest);
    found
}

/// `replace into t`, `insert or replace into t`, `load data … replace into table t`: the row that is there goes first.
fn replaced(engine: Engine, words: &[Word<'_>]) -> Option<What> {
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
