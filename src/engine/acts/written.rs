//! Statements that are written as texts: as far as they are there, or put together from some.

use super::words::{self, Kind, Word};
use crate::engine::Engine;

/// A user variable of MySQL's.
pub(super) fn is_variable(word: &Word<'_>) -> bool {
    word.kind == Kind::Bare && word.text.starts_with('@') && !word.text.starts_with("@@")
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

/// What a word says, whatever quotes it stands in.
pub(super) fn text(word: &Word<'_>) -> String {
    word.said().map_or(word.text, |(text, _)| text).trim_matches('`').to_lowercase()
}

/// What a `set default_storage_engine = …` says of the session; of what is not written there nothing.
pub(super) fn default_engine(words: &[Word<'_>]) -> Option<Option<String>> {
    let at = words.windows(3).enumerate().position(|(n, some)| {
        let name = some[0].text.trim_start_matches('@').to_lowercase();
        let is_global = n > 0 && (words[n - 1].is("global") || (n > 1 && words[n - 2].is("@@global")));
        ["default_storage_engine", "enforce_storage_engine", "storage_engine"].contains(&name.as_str())
            && some[1].is_any(&["=", ":="])
            && !is_global
    })?;
    let value = words[at + 2];
    let is_known = value.kind != Kind::Sign && !value.text.starts_with('@') && !value.is("default");
    Some(is_known.then(|| text(&value)))
}
