//! Which rows a statement takes away or writes over, read by its words: every one, those that a join finds, or some, which is for
//! its author to know. A condition that holds of all rows is none.

use super::conditions::constant;
use super::incoming::incoming;
use super::joins::{BY_JOIN, bounds, is_join, joined};
use super::keyed::of_itself;
use super::overwritten::overwrites;
use super::reading::{Reading, VERBS, outside, starts};
use super::terms::{LEVELS, Of, peeled};
use super::touched::touched;
use super::words::Word;
use super::{Act, Made, What, copies};
use crate::engine::Engine;

/// What becomes of rows, each where its `delete`, `update`, `merge` or `replace` stands.
pub(super) fn acts(engine: Engine, words: &[Word<'_>], made: &Made) -> Vec<Act> {
    within(Of { engine, made, table: None }, words, LEVELS)
}

fn within(rows: Of<'_>, words: &[Word<'_>], levels: usize) -> Vec<Act> {
    let Some(levels) = levels.checked_sub(1) else { return Vec::new() };
    let (named, main) = named(words);
    let of_named =
        |(name, inside): &(String, &[Word<'_>])| moved(rows, words, name, within(rows, inside, levels), inside);
    let mut found: Vec<Act> = named.iter().flat_map(of_named).collect();
    let whole = |(name, inside): &(String, &[Word<'_>])| Some((name.clone(), copies::whole(rows, inside)?));
    let copies: Vec<_> = named.iter().filter_map(whole).collect();
    let known;
    let rows = match copies.is_empty() {
        true => rows,
        false => {
            known = rows.made.with_copies(copies);
            Of { made: &known, ..rows }
        }
    };
    let Some(first) = main.first() else { return found };
    let whats = match first.text.to_ascii_lowercase().as_str() {
        "delete" => deleted(rows, &main[1..]),
        "update" => updated(rows, &main[1..]),
        "merge" => merged(rows, &main[1..]),
        "replace" | "insert" | "load" => incoming(rows, main),
        _ => Vec::new(),
    };
    let touched = touched(main);
    found.extend(touched.into_iter().chain(whats).map(|what| Act::at(first.offset, what)));
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
fn moved(rows: Of<'_>, words: &[Word<'_>], name: &str, mut found: Vec<Act>, inside: &[Word<'_>]) -> Vec<Act> {
    let gives = outside(inside, &["returning"]).is_some_and(|at| match &inside[at + 1..] {
        [all, ..] if all.is("*") => true,
        [_, dot, all, ..] => dot.is(".") && all.is("*"),
        _ => false,
    });
    // What a `select` puts into may be a variable of a block's.
    let takes = starts(words, &["create"]) || words.windows(2).any(|pair| starts(pair, &["insert", "into"]));
    let to = match copies::copies(rows, words) {
        Some(What::Copies { table, from, .. }) if gives && takes && from.iter().any(|from| from == name) => Some(table),
        _ => None,
    };
    for act in &mut found {
        if let (
            What::DeleteAll { table } | What::DeleteJoined { table, .. } | What::DeleteLimited { table, .. },
            Some(to),
        ) = (&act.what, &to)
        {
            act.what = What::RowsLeave {
                does: format!("takes rows out of {table} and puts them into {to}"),
                table: table.clone(),
                to: Some(to.clone()),
            };
        }
    }
    found
}

/// Which rows a statement is about.
enum Reach {
    Every,
    /// Those for which a join finds one.
    Joined,
    /// As many as a number says.
    Limited {
        ordered: bool,
    },
    /// Those that a condition lets through.
    Some,
}

/// What stands before the condition of a statement, and which rows that lets through.
fn reach<'a>(rows: Of<'_>, words: &'a [Word<'a>]) -> (&'a [Word<'a>], Reach) {
    let ends = ["where", "returning", "order", "limit"];
    let (before, behind) = words.split_at(outside(words, &ends).unwrap_or(words.len()));
    if before.windows(2).any(|pair| starts(pair, &["for", "portion"])) {
        return (before, Reach::Some);
    }
    if let Some((_, condition)) = behind.split_first().filter(|(first, _)| first.is("where")) {
        let condition = &condition[..outside(condition, &ends).unwrap_or(condition.len())];
        if constant(rows, condition) != Some(true) {
            let reach = match of_itself(rows, condition) {
                Some(rest) => limited(rest).unwrap_or(Reach::Some),
                None if is_join(rows, condition) => Reach::Joined,
                None => Reach::Some,
            };
            return (before, reach);
        }
    }
    (before, limited(behind).unwrap_or(Reach::Every))
}

/// `limit 5`, `fetch first 5 rows only`; of none no row is.
fn limited(words: &[Word<'_>]) -> Option<Reach> {
    let at = outside(words, &["limit", "fetch"])?;
    let is_none = words.get(at + 1).is_some_and(|number| number.is("0"));
    let ordered = outside(words, &["order"]).is_some();
    Some(if is_none { Reach::Some } else { Reach::Limited { ordered } })
}

fn deleted(rows: Of<'_>, words: &[Word<'_>]) -> Vec<What> {
    let engine = rows.engine;
    let mysql = engine == Engine::Mysql;
    let mut reading = Reading::new(words);
    while reading.eat(&["low_priority", "quick", "ignore"]) {}
    if mysql && starts(reading.words, &["history", "from"]) {
        return history(&reading.words[2..]).into_iter().collect();
    }
    let from = reading.words;
    let is_of_one = reading.eat(&["from"]);
    reading.eat(&["only"]);
    let table = reading.name();
    let rows = Of { table: table.as_deref().filter(|_| is_of_one), ..rows };
    let (before, reach) = reach(rows, from);
    let mut reading = Reading::new(before);
    let refs = match reading.eat(&["from"]) {
        // `delete a, b from a join b`
        false => outside(reading.words, &["from"]),
        true if mysql => outside(reading.words, &["using"]),
        true => None,
    };
    if let Some(at) = refs {
        let (targets, refs) = (targets(&reading.words[..at]), &reading.words[at + 1..]);
        let of_join = |table| What::DeleteJoined { table, which: BY_JOIN };
        return match reach {
            Reach::Every => joined(rows, targets, refs),
            Reach::Joined => targets.into_iter().map(of_join).collect(),
            Reach::Limited { .. } | Reach::Some => Vec::new(),
        };
    }
    reading.eat(&["only"]);
    let Some(table) = reading.name() else { return Vec::new() };
    // SQLite's own tables hold nothing that it does not write again.
    if engine == Engine::Sqlite && table.rsplit('.').next().is_some_and(|name| name.starts_with("sqlite_")) {
        return Vec::new();
    }
    let is_with_others = outside(reading.words, &["using"]).is_some();
    match reach {
        Reach::Some => Vec::new(),
        Reach::Joined if is_with_others => vec![What::DeleteJoined { table, which: BY_JOIN }],
        Reach::Joined => Vec::new(),
        Reach::Limited { ordered } => vec![What::DeleteLimited { table, ordered }],
        Reach::Every if mysql && reading.eat(&["partition"]) => {
            let names = reading.parens().unwrap_or_default();
            let names = names.split(|word| word.is(",")).filter_map(|part| Reading::new(part).name());
            let of = |partition: String| What::DropRows {
                does: format!("deletes every row of the partition {partition} of {table}"),
                table: table.clone(),
                partition: Some(partition),
            };
            names.map(of).collect()
        }
        Reach::Every => vec![What::DeleteAll { table }],
    }
}

/// `delete history from t`, all of it or what is from before a time: that of now is all.
fn history(words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    let table = reading.name()?;
    let Some(at) = outside(reading.words, &["before"]) else {
        return Some(What::DropRows { does: format!("deletes the history of {table}"), table, partition: None });
    };
    let mut time = Reading::new(&reading.words[at + 1..]);
    time.eat(&["system_time"]);
    let time = peeled(time.words);
    let now = ["current_timestamp", "localtime", "localtimestamp", "now", "sysdate"];
    let is_now = time.first().is_some_and(|word| word.is_any(&now)) && {
        let mut rest = Reading::new(&time[1..]);
        rest.parens();
        rest.words.is_empty()
    };
    Some(match is_now {
        true => What::DropRows { does: format!("deletes the history of {table} so far"), table, partition: None },
        false => What::DropSome { does: format!("deletes the history of {table} from before a time"), table },
    })
}

/// The tables before a `from` or a `using`.
fn targets(words: &[Word<'_>]) -> Vec<String> {
    words.split(|word| word.is(",")).filter_map(|part| Reading::new(part).name()).collect()
}

fn updated(rows: Of<'_>, words: &[Word<'_>]) -> Vec<What> {
    let engine = rows.engine;
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
    let (_, reach) = reach(Of { table: Some(&table), ..rows }, reading.words);
    let is_with_others = match engine {
        Engine::Mysql => outside(peeled(refs), &["join", "straight_join", ","]).is_some(),
        // Of values that are written down it is said which.
        Engine::Postgres | Engine::Sqlite => {
            outside(reading.words, &["from"]).is_some_and(|at| !starts(&reading.words[at + 1..], &["(", "values"]))
        }
    };
    whats.extend(match reach {
        Reach::Every if engine == Engine::Mysql && bounds(rows, refs) => {
            Some(What::UpdateSome { table, which: BY_JOIN })
        }
        Reach::Every => Some(What::UpdateAll { table }),
        Reach::Joined if is_with_others => Some(What::UpdateSome { table, which: BY_JOIN }),
        Reach::Limited { ordered: false } => {
            Some(What::UpdateSome { table, which: "that the limit lets through, which may be any," })
        }
        Reach::Some if overwrites(engine, &reading.words[set + 1..]) => Some(What::UpdateAll { table }),
        Reach::Joined | Reach::Limited { .. } | Reach::Some => None,
    });
    whats
}

/// `merge into t using s on … when matched then delete`
fn merged(rows: Of<'_>, words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["into"]);
    reading.eat(&["only"]);
    let Some(table) = reading.name() else { return Vec::new() };
    let mut branches = split(reading.words, "when").into_iter();
    let on = branches.next().unwrap_or_default();
    let on = outside(on, &["on"]).map_or(on, |at| &on[at + 1..]);
    let is_every = constant(rows, on) == Some(true);
    let of = |branch: &[Word<'_>]| {
        let has = |verb| branch.windows(2).any(|pair| starts(pair, &["then", verb]));
        let (deletes, updates) = (has("delete"), has("update"));
        let condition = outside(branch, &["and"]).map(|and| &branch[and + 1..]);
        let condition = condition.map(|part| &part[..outside(part, &["then"]).unwrap_or(part.len())]);
        if !(deletes || updates) || condition.is_some_and(|condition| constant(rows, condition) != Some(true)) {
            return None;
        }
        let table = table.clone();
        let is_other = branch.first()?.is("not");
        let which = if is_other { "that the source does not have" } else { "that the source has" };
        Some(match (deletes, is_every && !is_other) {
            (true, true) => What::DeleteAll { table },
            (true, false) => What::DeleteJoined { table, which },
            (false, true) => What::UpdateAll { table },
            (false, false) => What::UpdateSome { table, which },
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
