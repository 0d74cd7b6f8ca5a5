//! An update that leaves out only the rows which are already what it makes of them: `set a = null where a is not null`. Of the column
//! nothing is left, or nothing of what it cuts off.

use super::plain;
use super::reading::{Reading, outside, starts};
use super::same::is_same;
use super::terms::{peeled, sides, value};
use super::words::Word;
use crate::engine::Engine;

/// What stands behind `set`.
pub(super) fn overwrites(engine: Engine, words: &[Word<'_>]) -> bool {
    let Some(at) = outside(words, &["where"]) else { return false };
    let (assigned, condition) = (&words[..at], &words[at + 1..]);
    let condition = &condition[..outside(condition, &["returning", "order", "limit"]).unwrap_or(condition.len())];
    // One column, and what is written into every row.
    let Some((column, sign, given)) = sides(assigned) else { return false };
    if sign != "=" {
        return false;
    }
    let (column, condition) = (named(column), peeled(condition));
    match value(engine, given) {
        Some(_) => leaves_out_what_is_so(engine, &column, condition),
        None => cuts(&column, given, condition),
    }
}

/// `set c = left(c, 3) where length(c) > 3`, `… where c <> left(c, 3)`: those that are left out have nothing to lose.
fn cuts(column: &str, given: &[Word<'_>], condition: &[Word<'_>]) -> bool {
    let is_column = |words: &[Word<'_>]| named(peeled(words)) == column;
    let is_cut = given.first().is_some_and(|word| word.is_any(&["left", "right", "substr", "substring", "mid"]));
    let of = given.get(1..).and_then(|rest| Reading::new(rest).parens()).map(|inside| {
        let ends = |word: &Word<'_>| word.is(",") || word.is_any(&["from", "for"]);
        inside.split(ends).next().unwrap_or_default()
    });
    if !is_cut || !of.is_some_and(is_column) {
        return false;
    }
    let sides = match condition.windows(3).position(|some| starts(some, &["is", "distinct", "from"])) {
        Some(at) => Some((&condition[..at], "<>".to_owned(), &condition[at + 3..])),
        None => sides(condition),
    };
    let Some((left, sign, right)) = sides else { return false };
    let is_length = |words: &[Word<'_>]| {
        let lengths = ["length", "char_length", "character_length", "octet_length"];
        let [function, rest @ ..] = words else { return false };
        function.is_any(&lengths) && Reading::new(rest).parens().is_some_and(is_column)
    };
    match sign.as_str() {
        ">" | ">=" => is_length(left) && right.len() == 1,
        "<" | "<=" => is_length(right) && left.len() == 1,
        "<>" | "!=" => (is_column(left) && is_same(right, given)) || (is_column(right) && is_same(left, given)),
        _ => false,
    }
}

fn leaves_out_what_is_so(engine: Engine, column: &str, condition: &[Word<'_>]) -> bool {
    let is_column = |words: &[Word<'_>]| named(peeled(words)) == column;
    if let [not, rest @ ..] = condition
        && not.is_any(&["not", "!"])
    {
        let rest = peeled(rest);
        let is = rest.iter().position(|word| word.is_any(&["is", "isnull"]));
        return is.is_some_and(|at| {
            is_column(&rest[..at]) && rest.last().is_some_and(|word| word.is_any(&["null", "isnull"]))
        });
    }
    if let Some(at) = condition.iter().position(|word| word.is_any(&["is", "notnull"])) {
        let said = &condition[at..];
        let is_there =
            starts(said, &["is", "not", "null"]) && said.len() == 3 || said.len() == 1 && said[0].is("notnull");
        let is_other = starts(said, &["is", "distinct", "from"]) && value(engine, &said[3..]).is_some();
        return (is_there || is_other) && is_column(&condition[..at]);
    }
    let Some((left, sign, right)) = sides(condition) else { return false };
    let is_other = matches!(sign.as_str(), "<>" | "!=");
    is_other && value(engine, right).is_some() && (is_column(left) || is_column(filled(left)))
}

/// `a` of `coalesce(a, '')`.
fn filled<'a>(words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    let [function, rest @ ..] = words else { return &[] };
    let inside = Reading::new(rest).parens().filter(|_| function.is_any(&["coalesce", "ifnull", "nvl"]));
    inside.and_then(|inside| inside.split(|word| word.is(",")).next()).unwrap_or_default()
}

/// A column's own name, without its table's.
fn named(words: &[Word<'_>]) -> String {
    let names = words.len() % 2 == 1 && words.iter().skip(1).step_by(2).all(|word| word.is("."));
    words.last().filter(|word| names && word.is_name()).map(|word| plain(word.text)).unwrap_or_default()
}
