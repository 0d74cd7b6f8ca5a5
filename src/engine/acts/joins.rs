//! Tables that are joined, and which rows that leaves.

use super::conditions::constant;
use super::reading::{Reading, VERBS, outside};
use super::terms::{LEVELS, Of, peeled, sides, split};
use super::words::Word;
use super::{What, plain};

pub(super) const BY_JOIN: &str = "for which the join finds one";

/// Rows of several tables, or of one by others: `refs` is what stands behind `from`.
pub(super) fn joined(rows: Of<'_>, targets: Vec<String>, refs: &[Word<'_>]) -> Vec<What> {
    let tables = tables(refs, LEVELS);
    let joins = joins(refs);
    let is_bound = bounds(rows, refs);
    let of = |target: String| {
        let at = tables.iter().position(|(table, alias)| {
            *alias == target || *table == target || table.rsplit('.').next() == Some(&*target)
        });
        let table = at.map_or_else(|| target.clone(), |at| tables[at].0.clone());
        // Of the table on the one side of an outer join every row is found.
        let is_whole = (at == Some(0) && !joins.is_empty() && joins.iter().all(|join| *join == Join::Left))
            || (at.is_some() && at == tables.len().checked_sub(1) && joins.last() == Some(&Join::Right));
        match is_bound && !is_whole {
            true => What::DeleteJoined { table, which: BY_JOIN },
            false => What::DeleteAll { table },
        }
    };
    targets.into_iter().map(of).collect()
}

#[derive(PartialEq)]
pub(super) enum Join {
    Left,
    Right,
    Other,
}

pub(super) fn joins(refs: &[Word<'_>]) -> Vec<Join> {
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
pub(super) fn bounds(rows: Of<'_>, refs: &[Word<'_>]) -> bool {
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
        if is_function || constant(rows, &rest[..end]) != Some(true) {
            return true;
        }
    }
    false
}

/// The tables that are joined, each with the name that it goes by.
pub(super) fn tables(refs: &[Word<'_>], levels: usize) -> Vec<(String, String)> {
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

/// A condition that says alone which rows of two tables belong together: `t.id = u.id`, whatever is so besides of all.
pub(super) fn is_join(rows: Of<'_>, condition: &[Word<'_>]) -> bool {
    let condition = peeled(condition);
    let parts = split(condition, |word| word.is("and")).unwrap_or_else(|| vec![condition]);
    let is_column = |words: &[Word<'_>]| {
        matches!(words, [_] | [_, _, _] | [_, _, _, _, _])
            && words.iter().all(|word| word.is_name() || word.is("."))
            && words.iter().all(|word| !word.text.starts_with(|c: char| c.is_ascii_digit()))
            && !words[0].is_any(&["true", "false", "null"])
    };
    let mut joins = false;
    for part in parts {
        if constant(rows, part) == Some(true) {
            continue;
        }
        let binds = sides(peeled(part)).is_some_and(|(left, sign, right)| {
            sign == "=" && is_column(left) && is_column(right) && left.len() + right.len() > 2
        });
        if !binds {
            return false;
        }
        joins = true;
    }
    joins
}
