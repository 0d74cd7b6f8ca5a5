//! An update that leaves out only the rows which are already what it makes of them: `set a = null where a is not null`. Of the column
//! nothing is left.

use super::plain;
use super::reading::{Reading, outside, starts};
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
    let is_one = sign == "=" && value(engine, given).is_some();
    is_one && leaves_out_what_is_so(engine, &named(column), peeled(condition))
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
