//! Operators that leave less of a value than it was: what is compared, multiplied by nothing, taken from itself.

use super::reading::{Reading, outside};
use super::same::is_same;
use super::terms::{Value, peeled, value};
use super::words::{Kind, Word};
use crate::engine::Engine;

/// Signs and words of which nothing but yes or no comes.
const ASKING: [&str; 17] = [
    "=", "<", ">", "!", "~", "is", "isnull", "notnull", "in", "like", "ilike", "similar", "between", "and", "or",
    "not", "overlaps",
];

/// What an expression loses its values by, in its own word; `to`: the type that it makes. What a function makes of them is not its own.
pub(super) fn lost_by(words: &[Word<'_>], to: &str) -> Option<String> {
    let words = peeled(words);
    let found = (0..words.len()).find(|n| is_lost(words, *n, to));
    // To ask is the way to make a truth of something.
    let asks = || words.iter().position(|word| asks(word.text)).filter(|_| !to.starts_with("bool"));
    found.or_else(asks).map(|n| words[n].text.to_lowercase())
}

/// Whether a sign or a word asks something of a value, of which there is no other answer than yes or no.
pub(crate) fn asks(sign: &str) -> bool {
    ASKING.iter().any(|asking| asking.eq_ignore_ascii_case(sign))
}

fn is_lost(words: &[Word<'_>], n: usize, to: &str) -> bool {
    let word = &words[n];
    let (before, behind) = (left(&words[..n]), right(&words[n + 1..]));
    match () {
        () if word.is_any(&["&", "|"]) => true,
        () if word.is_any(&["*", "^"]) => is_zero(behind) || (word.is("*") && is_zero(before)),
        () if word.is("-") && before.is_empty() => false,
        () if word.is("-") => {
            let is_own = is_name(before) && is_same(before, behind);
            let is_all = outside(words, &["-"]) == Some(n) && is_same(peeled(&words[..n]), peeled(&words[n + 1..]));
            // Of a document a key goes.
            let is_key = to.starts_with("json") && behind.first().is_some_and(|next| next.kind == Kind::Text);
            is_own || is_all || is_key
        }
        () => word.is("null") && !words[..n].last().is_some_and(|before| before.is_any(&["is", "not"])),
    }
}

fn is_name(words: &[Word<'_>]) -> bool {
    words.last().is_some_and(Word::is_name)
}

/// What stands on the left of a sign: a name with its table's, a number with what is behind its point.
fn left<'a>(words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    match words {
        [.., _, dot, _] if dot.is(".") => &words[words.len() - 3..],
        _ => &words[words.len().saturating_sub(1)..],
    }
}

/// The same on its right, also in parentheses.
fn right<'a>(words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    let mut reading = Reading::new(words);
    match words {
        _ if reading.parens().is_some() => peeled(&words[..words.len() - reading.words.len()]),
        [sign, _, dot, _, ..] if sign.is_any(&["+", "-"]) && dot.is(".") => &words[..4],
        [sign, _, ..] if sign.is_any(&["+", "-"]) => &words[..2],
        [_, dot, _, ..] if dot.is(".") => &words[..3],
        _ => &words[..words.len().min(1)],
    }
}

fn is_zero(words: &[Word<'_>]) -> bool {
    match value(Engine::Postgres, words) {
        Some(Value::Number(number)) => number == 0.0,
        Some(Value::Text(text)) => text.trim().parse::<f64>().is_ok_and(|number| number == 0.0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::acts::words;

    #[test]
    fn what_nothing_can_be_had_back_from_is_lost_by_its_sign() {
        for (using, to, by) in [
            ("b*0", "int", Some("*")),
            ("0.0 * b", "numeric", Some("*")),
            ("b * (0)", "int", Some("*")),
            ("b - b", "int", Some("-")),
            ("(t.b) - (t.b)", "int", Some("-")),
            ("t.b - t.b + 1", "int", Some("-")),
            ("b & 1", "int", Some("&")),
            ("(b > 3)::int", "int", Some(">")),
            ("(b is not null)::int", "int", Some("is")),
            ("(a || null)", "text", Some("null")),
            ("data - 'key'", "jsonb", Some("-")),
            ("b > 3", "boolean", None),
            ("(b = 1)", "bool", None),
            ("b::bigint", "bigint", None),
            ("-b", "int", None),
            ("b * 100", "int", None),
            ("b * 0.5", "numeric", None),
            ("10.0 * b", "numeric", None),
            ("b - 1", "int", None),
            ("b - c", "int", None),
            ("c - interval '1 day'", "timestamptz", None),
            ("timestamp 'epoch' + b * interval '1 second'", "timestamp", None),
            ("a || ' ' || c", "text", None),
            ("d::timestamp - '1 day'", "timestamp", None),
        ] {
            assert_eq!(lost_by(&words::of(Engine::Postgres, using), to).as_deref(), by, "{using}");
        }
    }
}
