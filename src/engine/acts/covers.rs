//! Whether several parts of a table are all of it: one of two that are opposite holds of each row, and one of ranges that leave
//! nothing between them.

use super::reading::starts;
use super::same::are_opposite;
use super::terms::{Value, peeled, sides, split, value};
use super::words::{self, Word};
use crate::engine::Engine;

/// Of conditions that are written down, each of one part.
pub(crate) fn covers(engine: Engine, parts: &[&str]) -> bool {
    let read: Vec<Vec<Word<'_>>> = parts.iter().map(|part| words::of(engine, part)).collect();
    let read: Vec<&[Word<'_>]> = read.iter().map(Vec::as_slice).collect();
    are_opposite(&read) || are_ranges(engine, &read)
}

/// From where to where, and whether that is in it.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: (f64, bool),
    to: (f64, bool),
}

fn are_ranges(engine: Engine, parts: &[&[Word<'_>]]) -> bool {
    let mut of = None;
    let mut ranges = Vec::new();
    for part in parts {
        let Some((column, range)) = range(engine, part) else { return false };
        if of.get_or_insert_with(|| column.clone()) != &column {
            return false;
        }
        ranges.push(range);
    }
    ranges.sort_by(|a, b| a.from.0.total_cmp(&b.from.0));
    let mut reached = (f64::NEG_INFINITY, true);
    for Range { from, to } in ranges {
        let is_next = from.0 < reached.0 || (from.0 == reached.0 && (from.1 || reached.1));
        // Of whole numbers the next one.
        let is_whole = from.1 && reached.1 && from.0 == reached.0 + 1.0 && from.0.fract() == 0.0;
        if !is_next && !is_whole {
            return false;
        }
        if to.0 > reached.0 || (to.0 == reached.0 && to.1) {
            reached = to;
        }
    }
    reached.0 == f64::INFINITY
}

/// `id >= 1000 and id < 2000`, `id between 1 and 1000`, and of which column.
fn range(engine: Engine, words: &[Word<'_>]) -> Option<(String, Range)> {
    let words = peeled(words);
    let parts = split(words, |word| word.is("and")).unwrap_or_else(|| vec![words]);
    let mut range = Range { from: (f64::NEG_INFINITY, true), to: (f64::INFINITY, true) };
    let mut of: Option<String> = None;
    for part in parts {
        let part = peeled(part);
        let (column, from, to) = match part.iter().position(|word| word.is("between")) {
            Some(at) => {
                let and = at + part[at..].iter().position(|word| word.is("and"))?;
                let (from, to) = (number(engine, &part[at + 1..and])?, number(engine, &part[and + 1..])?);
                (&part[..at], Some((from, true)), Some((to, true)))
            }
            None => {
                let (left, sign, right) = sides(part)?;
                let number = number(engine, right)?;
                match sign.as_str() {
                    "<" => (left, None, Some((number, false))),
                    "<=" => (left, None, Some((number, true))),
                    ">" => (left, Some((number, false)), None),
                    ">=" => (left, Some((number, true)), None),
                    _ => return None,
                }
            }
        };
        let is_name = column.iter().all(|word| word.is_name() || word.is(".")) && !starts(column, &["not"]);
        let name = column.last().filter(|_| is_name)?.text.to_lowercase();
        if of.get_or_insert_with(|| name.clone()) != &name {
            return None;
        }
        range.from = from.unwrap_or(range.from);
        range.to = to.unwrap_or(range.to);
    }
    Some((of?, range))
}

fn number(engine: Engine, words: &[Word<'_>]) -> Option<f64> {
    match value(engine, words)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}
