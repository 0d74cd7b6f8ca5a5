//! Statements that are texts to the file and run all the same: `execute immediate`, `prepare … from`, and `execute` in a
//! block of PostgreSQL. A text is read as far as it is written there; a name that is put in as it runs reads `…`.

use super::reading::{Reading, parts};
use super::words::{self, Kind, Word};
use super::{Act, Made, What, of_statement};
use crate::engine::Engine;

/// What a statement does that runs or prepares a text; none when it is no such statement.
pub(super) fn acts(engine: Engine, sql: &str, words: &[Word<'_>], made: &mut Made) -> Option<Vec<What>> {
    let mut reading = Reading::new(words);
    if engine == Engine::Mysql {
        if !reading.eat_all(&["execute", "immediate"]) {
            reading.eat(&["prepare"]).then_some(())?;
            reading.name()?;
            reading.eat(&["from"]).then_some(())?;
        }
        let known = reading.words.first().filter(|word| is_variable(word));
        let known = known.and_then(|word| made.texts(word.text)).filter(|_| reading.words.len() == 1);
        return Some(match known {
            Some(texts) => judged(engine, &texts, made),
            None => run(engine, reading.words, &[], made),
        });
    }
    // PostgreSQL's own `prepare` has the statement behind it as it is.
    if engine == Engine::Postgres && reading.eat(&["prepare"]) {
        reading.name()?;
        reading.parens();
        reading.eat(&["as"]).then_some(())?;
        let inner = sql.get(reading.words.first()?.offset..)?;
        return Some(of_statement(engine, inner, made).into_iter().map(|act| act.what).collect());
    }
    None
}

pub(super) fn is_variable(word: &Word<'_>) -> bool {
    word.kind == Kind::Bare && word.text.starts_with('@') && !word.text.starts_with("@@")
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
    judged(engine, &texts, made)
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

/// The statements that are written in an expression, as texts or put together from some.
pub(super) fn written(engine: Engine, words: &[Word<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((text, _)) = words[at].said().filter(|(text, _)| is_statement(engine, text)) else {
            at += 1;
            continue;
        };
        let format = at >= 2 && words[at - 1].is("(") && words[at - 2].is("format");
        let mut whole = unquoted(engine, text);
        if format {
            whole = formatted(&whole);
        }
        at += 1;
        let mut depth = 0_usize;
        while let Some(word) = words.get(at) {
            if word.is("(") {
                depth += 1;
            } else if word.is(")") {
                let Some(outer) = depth.checked_sub(1) else { break };
                depth = outer;
            } else if word.is(";") || word.said().is_some_and(|(text, _)| is_another(engine, &whole, text)) {
                break;
            } else if depth == 0 && !format {
                match word.said() {
                    Some((text, _)) => add(&mut whole, &unquoted(engine, text)),
                    None if word.is_any(&[",", "||", "."]) => {}
                    None => hole(engine, &mut whole),
                }
            }
            at += 1;
        }
        found.push(whole);
    }
    found
}

/// Whether a text begins a statement of its own: one that goes on has a blank before its words.
fn is_another(engine: Engine, before: &str, text: &str) -> bool {
    is_statement(engine, text) && !text.starts_with(char::is_whitespace) && !before.ends_with(char::is_whitespace)
}

fn is_statement(engine: Engine, text: &str) -> bool {
    let words = words::of(engine, text);
    let heads = [
        "alter", "analyze", "call", "comment", "create", "delete", "do", "drop", "grant", "insert", "merge",
        "optimize", "reindex", "rename", "replace", "revoke", "select", "set", "truncate", "update", "vacuum", "with",
    ];
    // `'truncate ' || name`
    let is_begun = words.len() > 1 || text.ends_with(char::is_whitespace);
    is_begun && words.first().is_some_and(|word| word.is_any(&heads))
}

fn unquoted(engine: Engine, text: &str) -> String {
    let text = text.replace("''", "'");
    if engine == Engine::Mysql { text.replace("\\'", "'").replace("\\\"", "\"") } else { text }
}

/// A name that is only known as it runs.
fn hole(engine: Engine, text: &mut String) {
    let name = if engine == Engine::Mysql { "`…`" } else { "\"…\"" };
    match text.chars().last() {
        // A part of a name.
        Some(c) if c.is_alphanumeric() || c == '_' => text.push('_'),
        Some('_' | '"' | '`' | '…') => {}
        _ => text.push_str(name),
    }
}

fn add(text: &mut String, more: &str) {
    let glued = more.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if glued && let Some(before) = text.strip_suffix("\"…\"").or_else(|| text.strip_suffix("`…`")) {
        *text = format!("{before}_");
    }
    text.push_str(more);
}

/// `format('drop table %I', name)`
fn formatted(text: &str) -> String {
    // A doubled sign is no place for a name.
    let text = text.replace("%%", "");
    let mut whole = String::new();
    let mut pieces = text.split('%');
    whole.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | '-' | '*'));
        hole(Engine::Postgres, &mut whole);
        add(&mut whole, rest.strip_prefix(['I', 's', 'L']).unwrap_or(rest));
    }
    whole
}
