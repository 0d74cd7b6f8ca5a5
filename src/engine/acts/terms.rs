//! The parts of a condition: of which rows it is, what is compared in it, and constants.

use super::made::Made;
use super::reading::Reading;
use super::words::{Kind, Word};
use super::{Takes, plain};
use crate::engine::Engine;

/// How deep it is read; nobody writes a condition that is deeper.
pub(super) const LEVELS: usize = 40;

/// The rows that a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub engine: Engine,
    pub made: &'a Made,
    /** Their table, where it is one. */
    pub table: Option<&'a str>,
}

/// Without the parentheses around all of it.
pub(super) fn peeled<'a>(mut words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    for _ in 0..LEVELS {
        let mut reading = Reading::new(words);
        match reading.parens() {
            Some(inside) if reading.words.is_empty() => words = inside,
            _ => break,
        }
    }
    words
}

/// Apart at these words, where they stand outside of parentheses and of `case … end`; none when there is none of them. The `and`
/// of a `between` is its own.
pub(super) fn split<'a>(words: &'a [Word<'a>], is: impl Fn(&Word<'_>) -> bool) -> Option<Vec<&'a [Word<'a>]>> {
    let (mut depth, mut between, mut from) = (0_usize, false, 0);
    let mut found = Vec::new();
    for (n, word) in words.iter().enumerate() {
        if word.is_any(&["(", "case"]) {
            depth += 1;
        } else if word.is_any(&[")", "end"]) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && word.is("between") {
            between = true;
        } else if depth == 0 && between && word.is("and") {
            between = false;
        } else if depth == 0 && is(word) {
            found.push(&words[from..n]);
            from = n + 1;
        }
    }
    found.push(&words[from..]);
    (found.len() > 1).then_some(found)
}

#[derive(Debug, PartialEq)]
pub(super) enum Value<'a> {
    Truth(bool),
    Number(f64),
    Text(&'a str),
    Null,
}

/// A constant that stands by itself, also behind a cast.
pub(super) fn value<'a>(engine: Engine, words: &'a [Word<'a>]) -> Option<Value<'a>> {
    let words = peeled(words);
    match words {
        [word] if word.is("true") => Some(Value::Truth(true)),
        [word] if word.is("false") => Some(Value::Truth(false)),
        [word] if word.is("null") => Some(Value::Null),
        [word] if word.kind == Kind::Text => word.said().map(|(text, _)| Value::Text(text)),
        [word] => number(word.text),
        [sign, word] if sign.is_any(&["-", "+"]) => match number(word.text)? {
            Value::Number(n) if sign.is("-") => Some(Value::Number(-n)),
            value => Some(value),
        },
        [whole, dot, part] if dot.is(".") => number(&format!("{}.{}", whole.text, part.text)),
        [word, colon, again, _] if engine == Engine::Postgres && colon.is(":") && again.is(":") => {
            value(engine, std::slice::from_ref(word))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<Value<'static>> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok().map(|n| Value::Number(f64::from(n)));
    }
    // `inf` and `nan` are names here.
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok().map(Value::Number))?
}

/// What is compared, and how.
pub(super) fn sides<'a>(words: &'a [Word<'a>]) -> Option<(&'a [Word<'a>], String, &'a [Word<'a>])> {
    let is_sign = |word: &Word<'_>| word.is_any(&["=", "<", ">", "!"]);
    let from = words.iter().position(is_sign)?;
    let until = from + words[from..].iter().take_while(|word| is_sign(word)).count();
    let sign = words[from..until].iter().map(|word| word.text).collect();
    Some((&words[..from], sign, &words[until..]))
}

/// What is left of a condition without the parts that hold of every row.
pub(super) fn bounding(condition: &[Word<'_>], holds: impl Fn(&[Word<'_>]) -> bool) -> Option<String> {
    let condition = peeled(condition);
    if holds(condition) {
        return None;
    }
    let parts = split(condition, |word| word.is("and")).unwrap_or_else(|| vec![condition]);
    let rest: Vec<String> = parts
        .into_iter()
        .filter(|part| !holds(part))
        .map(|part| part.iter().map(|word| word.text).collect::<Vec<_>>().join(" "))
        .collect();
    (!rest.is_empty()).then(|| rest.join(" and "))
}

/// The words that are names.
pub(super) fn names(words: &[Word<'_>]) -> Vec<String> {
    words.iter().filter(|word| word.is_name()).map(|word| plain(word.text)).collect()
}

/// A copy that leaves rows out, by this word.
pub(super) fn but(by: &str) -> Takes {
    Takes { but: Some(by.to_owned()), ..Takes::default() }
}
