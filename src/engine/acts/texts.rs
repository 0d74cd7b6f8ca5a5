//! Statements that are texts to the file and run all the same: `execute immediate`, `prepare … from`, and `execute` in a
//! block of PostgreSQL. A text is read as far as it is written there; a name that is put in as it runs reads `…`.

use super::prepared::{filled, using};
use super::reading::{Reading, parts};
use super::words::{self, Kind, Word};
use super::written::{is_variable, written};
use super::{Act, Made, What, of_statement};
use crate::engine::Engine;

/// What a statement does that runs or prepares a text; none when it is no such statement.
pub(super) fn acts(engine: Engine, sql: &str, words: &[Word<'_>], made: &mut Made) -> Option<Vec<What>> {
    let mut reading = Reading::new(words);
    if let Some(whats) = executed(engine, words, made) {
        return Some(whats);
    }
    if engine == Engine::Mysql {
        let mut name = None;
        if !reading.eat_all(&["execute", "immediate"]) {
            reading.eat(&["prepare"]).then_some(())?;
            name = Some(reading.name()?);
            reading.eat(&["from"]).then_some(())?;
        }
        let known = reading.words.first().filter(|word| is_variable(word));
        let known = known.and_then(|word| made.texts(word.text)).filter(|_| reading.words.len() == 1);
        if let Some(name) = name {
            made.prepared.keep(name, known.clone().unwrap_or_else(|| written(engine, reading.words)));
        }
        return Some(match known {
            Some(texts) => judged(engine, &texts, made),
            None => run(engine, reading.words, &[], made),
        });
    }
    // PostgreSQL's own `prepare` has the statement behind it as it is.
    if engine == Engine::Postgres && reading.eat(&["prepare"]) {
        let name = reading.name()?;
        reading.parens();
        reading.eat(&["as"]).then_some(())?;
        let inner = sql.get(reading.words.first()?.offset..)?;
        made.prepared.keep(name, vec![inner.to_owned()]);
        return Some(of_statement(engine, inner, made).into_iter().map(|act| act.what).collect());
    }
    None
}

/// What a prepared statement does with the values that it is run with, beside what it does whatever they are.
fn executed(engine: Engine, words: &[Word<'_>], made: &mut Made) -> Option<Vec<What>> {
    let mut reading = Reading::new(words);
    reading.eat(&["execute"]).then_some(())?;
    let name = reading.name()?;
    let given = if engine == Engine::Postgres { reading.parens().unwrap_or_default() } else { using(reading.words) };
    let values = made.prepared.given(given);
    let texts = made.prepared.texts(&name).to_vec();
    if values.is_empty() || texts.is_empty() {
        return None;
    }
    let anyway = judged(engine, &texts, made);
    Some(reached(engine, &texts, &values, made).into_iter().filter(|what| !anyway.contains(what)).collect())
}

/// What texts do to every row of a table with these values.
fn reached(engine: Engine, texts: &[String], values: &[String], made: &mut Made) -> Vec<What> {
    let texts: Vec<String> = texts.iter().map(|text| filled(engine, text, values)).collect();
    let mut whats = judged(engine, &texts, made);
    whats.retain(|what| matches!(what, What::DeleteAll { .. } | What::UpdateAll { .. } | What::DropRows { .. }));
    whats
}

/// What the text of an expression does; that of a variable is looked for in what gives it a value in the `body`.
pub(super) fn run(engine: Engine, expression: &[Word<'_>], body: &[Word<'_>], made: &mut Made) -> Vec<What> {
    let end = expression.iter().position(|word| word.is_any(&["using", "into"])).unwrap_or(expression.len());
    let texts = match &expression[..end] {
        [variable] if variable.kind == Kind::Bare => {
            let gives = |part: &&[Word<'_>]| {
                part.iter().any(|word| word.is(variable.text))
                    && part.iter().any(|word| word.is_any(&[":=", "=", "into", "default"]))
            };
            parts(body, ";").into_iter().filter(gives).flat_map(|part| written(engine, part)).collect()
        }
        expression => written(engine, expression),
    };
    let mut whats = judged(engine, &texts, made);
    let values = made.prepared.given(using(expression));
    let more = if values.is_empty() { Vec::new() } else { reached(engine, &texts, &values, made) };
    whats.extend(more.into_iter().filter(|what| !whats.contains(what)).collect::<Vec<_>>());
    whats
}

fn judged(engine: Engine, texts: &[String], made: &mut Made) -> Vec<What> {
    if texts.is_empty() {
        return vec![What::NotUnderstood { why: "a text that is made as it runs".into(), says: None }];
    }
    let mut whats = Vec::new();
    for text in texts {
        let grave = is_grave(&words::of(engine, text));
        for Act { what, .. } in made.without_texts(|made| of_statement(engine, text, made)) {
            // A text with holes may be one that no parser knows.
            let is_told = grave || !matches!(what, What::NotUnderstood { .. });
            if is_told && !whats.contains(&what) {
                whats.push(what);
            }
        }
    }
    whats
}

/// Whether a word is in it that changes or drops a table, or runs another text.
pub(super) fn is_grave(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| word.is_any(&["alter", "delete", "drop", "execute", "merge", "truncate", "update"]))
}
