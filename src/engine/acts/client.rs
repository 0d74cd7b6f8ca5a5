//! What only the client program of an engine knows.

use std::borrow::Cow;

use super::reading::starts;
use super::words::{Kind, Word};
use crate::engine::Engine;

/// Words that the client takes for itself where a statement begins; no statement of a server begins with one of them.
pub(in crate::engine) const CLIENT_COMMANDS: [&str; 18] = [
    "source",
    "system",
    "tee",
    "notee",
    "pager",
    "nopager",
    "prompt",
    "rehash",
    "status",
    "quit",
    "exit",
    "connect",
    "ego",
    "edit",
    "print",
    "charset",
    "warnings",
    "nowarning",
];

/// As dumps and files for `psql`, `mysql` or `sqlite3` have them.
pub(super) fn command(engine: Engine, sql: &str, words: &[Word<'_>]) -> Option<String> {
    let first = sql.split_whitespace().next().unwrap_or_default();
    let is_client = match engine {
        Engine::Postgres => false,
        Engine::Mysql => words.first().is_some_and(|word| word.is_any(&CLIENT_COMMANDS)),
        Engine::Sqlite => first.starts_with('.'),
    };
    if is_client {
        return Some(first.to_owned());
    }
    if engine == Engine::Mysql && starts(words, &["load", "data"]) && words[2..].iter().any(|word| word.is("local")) {
        return Some("load data local".into());
    }
    // `\connect`, `\G`: outside quotes a backslash is nothing else.
    let backslash = words.iter().find(|word| word.kind == Kind::Sign && word.text == "\\");
    if let Some(word) = backslash.filter(|_| engine != Engine::Sqlite) {
        return sql[word.offset..].split_whitespace().next().map(str::to_owned);
    }
    // Its rows come from the client, behind the statement, or go there.
    if engine != Engine::Postgres || !first.eq_ignore_ascii_case("copy") {
        return None;
    }
    let between = [("from", "stdin"), ("to", "stdout")];
    let found = words.windows(2).find_map(|pair| between.into_iter().find(|(a, b)| pair[0].is(a) && pair[1].is(b)));
    found.map(|(way, end)| format!("copy {way} {end}"))
}

/// The rows behind a `copy … from stdin`, up to `\.`, are no statements: they are blanked.
pub(super) fn without_rows(engine: Engine, sql: &str) -> Cow<'_, str> {
    let opens = |line: &str| {
        let line = line.trim_end().to_lowercase();
        line.starts_with("copy ") && line.ends_with(';') && line.contains(" from stdin")
    };
    if engine != Engine::Postgres || !sql.lines().any(opens) {
        return Cow::Borrowed(sql);
    }
    let mut rows = false;
    let mut text = String::with_capacity(sql.len());
    for line in sql.split_inclusive('\n') {
        match rows {
            true => text.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => text.push_str(line),
        }
        rows = if rows { line.trim_end() != "\\." } else { opens(line) };
    }
    Cow::Owned(text)
}
