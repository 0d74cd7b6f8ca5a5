//! Statements that are prepared, and run with values: of what is known of those, what comes of them.

use std::collections::HashMap;

use super::reading::parts;
use super::words::{self, Kind, Word};
use super::written::is_variable;
use crate::engine::Engine;

/// By name: the texts that a prepared statement may be, and the constants that user variables of MySQL's hold.
#[derive(Debug, Default, Clone)]
pub(super) struct Prepared {
    texts: HashMap<String, Vec<String>>,
    values: HashMap<String, String>,
}

impl Prepared {
    pub fn keep(&mut self, name: String, texts: Vec<String>) {
        self.texts.insert(name, texts);
    }

    pub fn texts(&self, name: &str) -> &[String] {
        self.texts.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// `set @a = 0`
    pub fn learn(&mut self, engine: Engine, words: &[Word<'_>]) {
        if engine != Engine::Mysql || !words.first().is_some_and(|word| word.is("set")) {
            return;
        }
        for part in parts(&words[1..], ",") {
            let [name, sign, value @ ..] = part else { continue };
            if !is_variable(name) || !sign.is_any(&["=", ":="]) {
                continue;
            }
            let constant = match value {
                [one] if one.kind == Kind::Text || one.is_name() => Some(one.text.to_owned()),
                [sign, one] if sign.is("-") => Some(format!("-{}", one.text)),
                _ => None,
            };
            match constant {
                Some(constant) => self.values.insert(name.text.to_lowercase(), constant),
                None => self.values.remove(&name.text.to_lowercase()),
            };
        }
    }

    /// The values that stand in a list, as they are written; of a variable the one that it holds.
    pub fn given(&self, list: &[Word<'_>]) -> Vec<String> {
        let of = |part: &[Word<'_>]| match part {
            [one] if is_variable(one) => {
                self.values.get(&one.text.to_lowercase()).cloned().unwrap_or_else(|| one.text.to_owned())
            }
            part => part.iter().map(|word| word.text).collect::<Vec<_>>().join(" "),
        };
        parts(list, ",").into_iter().map(of).collect()
    }
}

/// A statement with values where it leaves places for them: `$1`, `?`.
pub(super) fn filled(engine: Engine, text: &str, values: &[String]) -> String {
    let words = words::of(engine, text);
    let mut whole = String::with_capacity(text.len());
    let (mut at, mut next) = (0, 0..values.len());
    for (n, word) in words.iter().enumerate() {
        let place = match engine {
            Engine::Postgres => {
                let number = words.get(n + 1).filter(|_| word.is("$")).and_then(|number| number.text.parse().ok());
                number.and_then(|number: usize| Some((number.checked_sub(1)?, words[n + 1].end())))
            }
            Engine::Mysql | Engine::Sqlite => {
                if word.is("?") {
                    next.next().map(|place| (place, word.end()))
                } else {
                    None
                }
            }
        };
        if let Some((value, end)) = place.and_then(|(place, end)| Some((values.get(place)?, end))) {
            whole.push_str(&text[at..word.offset]);
            whole.push_str(&format!(" {value} "));
            at = end;
        }
    }
    whole.push_str(&text[at..]);
    whole
}

/// What stands behind a `using`, up to an `into`.
pub(super) fn using<'a>(words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    let from = words.iter().position(|word| word.is("using")).map_or(words.len(), |at| at + 1);
    let list = &words[from..];
    &list[..list.iter().position(|word| word.is("into")).unwrap_or(list.len())]
}
