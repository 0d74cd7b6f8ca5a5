//! Whether a condition holds whatever the row is: `true`, `1 = 1`, `id is not null or true`; or of each row that there is: a key
//! that is not null, `id in (select id from t)` of that very table.

use super::keyed::{keyed, of_itself, own};
use super::made::last;
use super::plain;
use super::reading::{Reading, parts, starts};
use super::same::{are_opposite, is_same};
use super::terms::{LEVELS, Of, Value, peeled, sides, split, value};
use super::words::Word;
use crate::engine::Engine;

/// What a condition comes to where no row decides it; none where one does, or where nobody here can say.
pub(super) fn constant(of: Of<'_>, words: &[Word<'_>]) -> Option<bool> {
    within(of, words, LEVELS)
}

fn within(rows: Of<'_>, words: &[Word<'_>], levels: usize) -> Option<bool> {
    let engine = rows.engine;
    let levels = levels.checked_sub(1)?;
    let words = peeled(words);
    if words.first().is_some_and(|word| word.is_any(&["select", "values"])) {
        return if is_plain(&words[1..]) { within(rows, &words[1..], levels) } else { None };
    }
    let of = |part: &&[Word<'_>]| within(rows, part, levels);
    let or = |word: &Word<'_>| word.is("or") || (engine == Engine::Mysql && word.is("||"));
    if let Some(found) = split(words, or) {
        if are_opposite(&found) {
            return Some(true);
        }
        let found: Vec<_> = found.iter().map(of).collect();
        return decided(&found, true);
    }
    if let Some(found) = split(words, |word| engine == Engine::Mysql && word.is("xor")) {
        return found.iter().map(of).try_fold(false, |one, other| Some(one != other?));
    }
    if let Some(found) = split(words, |word| word.is("and") || (engine == Engine::Mysql && word.is("&"))) {
        // Of `&&` each sign is a word, with nothing between them.
        let found: Vec<_> = found.iter().filter(|part| !part.is_empty()).map(of).collect();
        return decided(&found, false);
    }
    match words {
        [not, rest @ ..] if not.is_any(&["not", "!"]) => within(rows, rest, levels).map(|holds| !holds),
        [exists, rest @ ..] if exists.is("exists") => there(rows, rest),
        [current, of, cursor] if current.is("current") && of.is("of") => {
            rows.made.has_all_of(&plain(cursor.text), rows.table?).then_some(true)
        }
        [iif, rest @ ..] if iif.is_any(&["if", "iif"]) => {
            let inside = parts(Reading::new(rest).parens().filter(|inside| inside.len() + 2 == rest.len())?, ",");
            let [condition, so, otherwise] = inside[..] else { return None };
            let holds = within(rows, condition, levels)?;
            within(rows, if holds { so } else { otherwise }, levels)
        }
        _ => compared(rows, words).or_else(|| truth(engine, value(engine, words)?)).or_else(|| keyed(rows, words)),
    }
}

/// `(select true)`: of no table.
fn is_plain(words: &[Word<'_>]) -> bool {
    !words.iter().any(|word| word.is_any(&["from", "where", "limit", "having", "union", "group"]))
}

/// `exists (select 1)`, `exists (select 1 from t)` of the rows of `t` itself
fn there(rows: Of<'_>, words: &[Word<'_>]) -> Option<bool> {
    let inside = Reading::new(words).parens()?;
    if starts(inside, &["values", "("]) {
        return Some(true);
    }
    starts(inside, &["select"]).then_some(())?;
    if let Some(from) = inside.iter().position(|word| word.is("from")) {
        return own(rows, &inside[from + 1..]).filter(|rest| rest.is_empty()).map(|_| true);
    }
    let asks = inside.iter().any(|word| word.is_any(&["where", "limit", "having", "offset"]));
    (!asks).then_some(true)
}

/// One part that comes to `deciding` decides; else all have to be known.
fn decided(parts: &[Option<bool>], deciding: bool) -> Option<bool> {
    match () {
        () if parts.contains(&Some(deciding)) => Some(deciding),
        () if parts.iter().all(Option::is_some) => Some(!deciding),
        () => None,
    }
}

/// What a constant says as a condition.
fn truth(engine: Engine, value: Value<'_>) -> Option<bool> {
    match value {
        Value::Truth(holds) => Some(holds),
        Value::Number(n) => Some(n != 0.0),
        Value::Null => None,
        Value::Text(text) if engine == Engine::Postgres => match text.trim().to_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
            "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        // The number that it begins with.
        Value::Text(text) => {
            let digits = text.trim_start().split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
            Some(digits.parse::<f64>().is_ok_and(|n| n != 0.0))
        }
    }
}

/// `1 = 1`, `'a' <> 'b'`, `true is true`, `1 in (1)`; a column is taken for equal to itself.
fn compared(rows: Of<'_>, words: &[Word<'_>]) -> Option<bool> {
    let engine = rows.engine;
    if let Some(at) = words.iter().position(|word| word.is("is")) {
        return judged(engine, &words[..at], &words[at + 1..]);
    }
    let matching = ["glob", "ilike", "in", "like", "regexp", "rlike", "~"];
    if let Some(at) = words.iter().position(|word| word.is_any(&matching)) {
        let (left, right) = (&words[..at], &words[at + 1..]);
        if left.last()?.is_any(&["not", "!"]) {
            return None;
        }
        if words[at].is("in") {
            if of_itself(rows, words).is_some_and(|rest| !rest.iter().any(|word| word.is_any(&["limit", "fetch"]))) {
                return Some(true);
            }
            // `id in t`, of the table itself.
            let named = Reading::new(right).name().filter(|_| engine == Engine::Sqlite && !right[0].is("("));
            if let Some(named) = named {
                return (rows.table.map(last) == Some(last(&named))).then_some(true);
            }
            let one = value(engine, left)?;
            let list = Reading::new(right).parens()?;
            return parts(list, ",")
                .into_iter()
                .any(|part| value(engine, part).is_some_and(|v| v == one))
                .then_some(true);
        }
        // All texts are like it.
        let Value::Text(pattern) = value(engine, right)? else { return None };
        let is_any = match words[at].text.to_ascii_lowercase().as_str() {
            "like" | "ilike" => !pattern.is_empty() && pattern.chars().all(|c| c == '%'),
            "glob" => !pattern.is_empty() && pattern.chars().all(|c| c == '*'),
            _ => ["", ".*", "^", "^.*", "^.*$"].contains(&pattern),
        };
        return is_any.then_some(true);
    }
    let (left, sign, right) = sides(words)?;
    if sign == "=" && is_of_each(rows, left, right) {
        return Some(true);
    }
    let order = match (value(engine, left), value(engine, right)) {
        (Some(a), Some(b)) => ordered(engine, &a, &b)?,
        (None, None) if is_same(unsigned(left), unsigned(right)) => std::cmp::Ordering::Equal,
        _ => return None,
    };
    match sign.as_str() {
        "=" | "==" | "<=>" => Some(order.is_eq()),
        "<>" | "!=" => Some(order.is_ne()),
        "<" => Some(order.is_lt()),
        "<=" => Some(order.is_le()),
        ">" => Some(order.is_gt()),
        ">=" => Some(order.is_ge()),
        _ => None,
    }
}

/// `id = r.id`, where for each row of the table there is one of `r`: a copy of it, a loop over all of it.
fn is_of_each(rows: Of<'_>, left: &[Word<'_>], right: &[Word<'_>]) -> bool {
    let read = |words: &[Word<'_>]| match peeled(words) {
        [column] if column.is_name() => Some((None, plain(column.text))),
        [of, dot, column] if dot.is(".") => Some((Some(plain(of.text)), plain(column.text))),
        _ => None,
    };
    let (Some(table), Some((a, left)), Some((b, right))) = (rows.table, read(left), read(right)) else { return false };
    let own = last(table);
    let is_own = |of: &Option<String>| of.as_ref().is_none_or(|of| *of == own);
    let is_copy = |of: &Option<String>| of.as_ref().is_some_and(|of| *of != own && rows.made.has_all_of(of, table));
    left == right && ((is_own(&a) && is_copy(&b)) || (is_copy(&a) && is_own(&b)))
}

/// `+id` is `id`.
fn unsigned<'a>(words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    let words = peeled(words);
    if starts(words, &["+"]) { &words[1..] } else { words }
}

fn ordered(engine: Engine, a: &Value<'_>, b: &Value<'_>) -> Option<std::cmp::Ordering> {
    let read = |text: &str| text.trim().parse::<f64>().ok();
    match (a, b) {
        (Value::Truth(a), Value::Truth(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        // SQLite keeps numbers and texts apart.
        (Value::Number(a), Value::Text(b)) if engine != Engine::Sqlite => a.partial_cmp(&read(b)?),
        (Value::Text(a), Value::Number(b)) if engine != Engine::Sqlite => read(a)?.partial_cmp(b),
        _ => None,
    }
}

/// What comes behind an `is`.
fn judged(engine: Engine, left: &[Word<'_>], right: &[Word<'_>]) -> Option<bool> {
    let (not, right) = match right {
        [not, rest @ ..] if not.is("not") => (true, rest),
        right => (false, right),
    };
    if starts(right, &["distinct", "from"]) {
        let other = &right[2..];
        let same = match (value(engine, left), value(engine, other)) {
            (Some(a), Some(b)) => a == b,
            (None, None) if is_same(left, other) => true,
            _ => return None,
        };
        return Some(same == not);
    }
    let left = value(engine, left)?;
    let holds = match right {
        [word] if word.is("null") => left == Value::Null,
        [word] if word.is_any(&["true", "false"]) => match left {
            Value::Null => false,
            left => truth(engine, left)? == word.is("true"),
        },
        _ => return None,
    };
    Some(holds != not)
}
