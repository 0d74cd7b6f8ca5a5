//! What an update puts into columns of the rows that it is about.

use super::conditions::constant;
use super::made::last;
use super::reading::{Reading, outside, parts, starts};
use super::terms::{Of, bounding, but, names, peeled};
use super::values::taken;
use super::words::Word;
use super::{Taken, Takes, What, plain};

/// An update as a copy: of other columns of its rows.
pub(super) fn updated(rows: Of<'_>, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["update"]);
    reading.eat(&["only", "low_priority", "ignore"]);
    reading.eat_all(&["or"]).then(|| reading.eat(&["rollback", "abort", "replace", "fail", "ignore"]));
    let from = words.iter().position(|word| word.is("set"))?;
    let table = reading.name()?;
    let is_joined = outside(&words[..from], &["join", "straight_join", ","]).is_some();
    let takes = assigned(Of { table: Some(&table), ..rows }, &words[from + 1..], is_joined);
    Some(What::Copies { from: names(&words[from..]), takes: Takes { is_update: true, ..takes }, table })
}

/// The columns that an update writes, and what each gets; of several at once what they get is left aside.
pub(super) fn assignments<'a>(words: &'a [Word<'a>]) -> Vec<(Vec<String>, Option<&'a [Word<'a>]>)> {
    let until = outside(words, &["where", "from", "order", "limit", "returning"]).unwrap_or(words.len());
    let of = |part: &'a [Word<'a>]| {
        let mut reading = Reading::new(part);
        if let Some(inside) = reading.parens() {
            return (parts(inside, ",").into_iter().filter_map(|part| Reading::new(part).name()).collect(), None);
        }
        let column = reading.name().map(|name| last(&name));
        let value = reading.eat(&["=", ":="]).then_some(reading.words);
        (Vec::from_iter(column), value)
    };
    parts(&words[..until], ",").into_iter().map(of).collect()
}

fn assigned(rows: Of<'_>, words: &[Word<'_>], is_joined: bool) -> Takes {
    let until = outside(words, &["where", "from", "order", "limit", "returning"]).unwrap_or(words.len());
    let rest = &words[until..];
    let mut into = Vec::new();
    let mut values = Vec::new();
    for (columns, value) in assignments(words) {
        let value = value.map(|value| match taken(rows.engine, value).1 {
            Taken::Column { column, through } => Taken::Column { column: last(&column), through },
            value => value,
        });
        for column in columns {
            into.push(column);
            values.push(value.clone().unwrap_or(Taken::Made { of: Vec::new(), by: "( … )".into() }));
        }
    }
    let takes = Takes { into: Some(into.clone()), values: values.clone(), ..Takes::default() };
    if is_joined || outside(rest, &["from"]).is_some() {
        return Takes { ..Takes { but: but("join").but, ..takes } };
    }
    let sources: Vec<&String> = values
        .iter()
        .filter_map(|value| match value {
            Taken::Column { column, .. } => Some(column),
            _ => None,
        })
        .collect();
    // Where there is nothing, or where something is already, nothing is left out.
    let asks = |part: &[Word<'_>]| {
        let column = |words: &[Word<'_>]| words.last().map(|word| plain(word.text)).unwrap_or_default();
        match peeled(part) {
            [of @ .., is, not, null] if starts(&[*is, *not, *null], &["is", "not", "null"]) => {
                !sources.is_empty() && sources.iter().all(|source| **source == column(of))
            }
            [of @ .., is, null] if starts(&[*is, *null], &["is", "null"]) => into.contains(&column(of)),
            _ => false,
        }
    };
    let part = outside(rest, &["where"]).and_then(|at| {
        let condition = &rest[at + 1..];
        let condition = &condition[..outside(condition, &["order", "limit", "returning"]).unwrap_or(condition.len())];
        bounding(condition, |part| constant(rows, part) == Some(true) || asks(part))
    });
    let limited = outside(rest, &["limit"]).map(|_| "limit".to_owned());
    let table = rows.table.map(str::to_owned);
    Takes {
        whole: table.into_iter().collect(),
        part: if limited.is_none() { part.clone() } else { None },
        but: limited.or(part.map(|_| "where".to_owned())),
        ..takes
    }
}
