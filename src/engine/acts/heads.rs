//! Statements read by their words: what their parser gave up on.

use super::reading::{Reading, parts, starts};
use super::words::{Kind, Word};
use super::{What, plain, spelled};
use crate::engine::Engine;

/// A statement that its parser gave up on; none when its words say nothing either.
pub(super) fn acts(engine: Engine, words: &[Word<'_>]) -> Option<Vec<What>> {
    let mut reading = Reading::new(words);
    if reading.eat(&["create"]) {
        return created(engine, reading);
    }
    if reading.eat(&["drop"]) {
        return dropped(reading);
    }
    if reading.eat(&["truncate"]) {
        reading.eat(&["table"]);
        let tables = parts(reading.words, ",").into_iter().filter_map(|part| {
            let mut reading = Reading::new(part);
            reading.eat(&["only"]);
            reading.name()
        });
        return Some(tables.map(|table| What::Truncate { table }).collect());
    }
    if engine == Engine::Postgres {
        return None;
    }
    if reading.eat_all(&["optimize"]) {
        reading.eat(&["no_write_to_binlog", "local"]);
        reading.eat(&["table", "tables"]);
        let tables = parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name());
        return Some(tables.map(|table| What::Rewrite { table, by: "optimize table" }).collect());
    }
    if reading.eat_all(&["rename", "table"]) || reading.eat_all(&["rename", "tables"]) {
        let renamed = parts(reading.words, ",").into_iter().filter_map(|part| {
            let mut reading = Reading::new(part);
            reading.eat_if();
            let table = reading.name()?;
            reading.eat(&["wait", "nowait"]);
            reading.eat(&["to"]).then_some(())?;
            Some(What::RenameTable { table, to: reading.name()? })
        });
        return Some(renamed.collect());
    }
    // Which rows go is read from the words anyway.
    (reading.eat(&["delete", "update"]) || is_harmless(words)).then(Vec::new)
}

/// What a statement that nobody can read says that would take something away: `drop column`, `truncate t`. What is made runs
/// nothing, and what becomes of rows is read whatever else there is.
pub(super) fn says(words: &[Word<'_>]) -> Option<String> {
    let quiet =
        ["comment", "create", "delete", "explain", "grant", "insert", "merge", "revoke", "security", "update", "with"];
    let loses_nothing = [
        "check",
        "constraint",
        "default",
        "expression",
        "foreign",
        "identity",
        "index",
        "key",
        "not",
        "period",
        "policy",
        "primary",
        "rule",
        "trigger",
    ];
    let begins = ["(", ",", ";", "as", "begin", "do", "else", "loop", "then"];
    if words.first()?.is_any(&quiet) {
        return None;
    }
    let takes = |(n, pair): (usize, &[Word<'_>])| {
        let [word, next] = pair else { return None };
        let is_first = n.checked_sub(1).is_none_or(|before| words[before].is_any(&begins));
        let takes = match () {
            () if word.is("drop") => next.is_name() && !next.is_any(&loses_nothing),
            () if word.is("delete") => next.is("from"),
            () => word.is("truncate") && is_first && next.is_name() && !next.is_any(&["on", "or"]),
        };
        takes.then(|| format!("{} {}", word.text, next.text).to_lowercase())
    };
    words.windows(2).enumerate().find_map(takes)
}

/// Statements that neither lock a table for long nor lose a row by themselves, in whatever form.
fn is_harmless(words: &[Word<'_>]) -> bool {
    let heads = [
        "analyze",
        "attach",
        "backup",
        "binlog",
        "call",
        "change",
        "check",
        "checksum",
        "close",
        "deallocate",
        "desc",
        "describe",
        "detach",
        "do",
        "execute",
        "explain",
        "fetch",
        "flush",
        "get",
        "grant",
        "handler",
        "help",
        "insert",
        "install",
        "iterate",
        "kill",
        "leave",
        "load",
        "lock",
        "open",
        "purge",
        "reindex",
        "release",
        "repair",
        "replace",
        "reset",
        "resignal",
        "return",
        "revoke",
        "savepoint",
        "select",
        "set",
        "show",
        "shutdown",
        "signal",
        "start",
        "stop",
        "table",
        "uninstall",
        "unlock",
        "use",
        "values",
        "with",
        "xa",
    ];
    let kinds = [
        "database",
        "event",
        "function",
        "procedure",
        "role",
        "schema",
        "sequence",
        "server",
        "user",
        "view",
        "algorithm",
        "definer",
        "sql",
        "instance",
        "resource",
        "undo",
        "tablespace",
    ];
    match words {
        [head, ..] if head.is_any(&heads) => true,
        [head, kind, ..] if head.is("alter") => kind.is_any(&kinds),
        [head, kind, ..] if head.is("rename") => kind.is("user"),
        words => words.is_empty(),
    }
}

fn created(engine: Engine, mut reading: Reading<'_>) -> Option<Vec<What>> {
    let replace = reading.eat_all(&["or", "replace"]);
    reading.eat(&["global", "local"]);
    let temporary = reading.eat(&["temporary", "temp"]);
    reading.eat(&["unlogged"]);
    if reading.eat(&["table"]) {
        return table(engine, reading, replace, temporary);
    }
    reading.eat(&["online", "offline"]);
    while reading.eat(&["unique", "fulltext", "spatial"]) {}
    if reading.eat(&["index"]) {
        reading.eat_if();
        while !reading.words.is_empty() && !reading.eat(&["on"]) {
            reading.words = &reading.words[1..];
        }
        return Some(vec![What::CreateIndex { table: reading.name()?, concurrently: false }]);
    }
    // What else is made harms nobody; PostgreSQL's parser knows it.
    (engine != Engine::Postgres).then(Vec::new)
}

fn table(engine: Engine, mut reading: Reading<'_>, replace: bool, temporary: bool) -> Option<Vec<What>> {
    reading.eat_if();
    let table = reading.name()?;
    let replaced = replace && !temporary;
    let mut whats: Vec<What> =
        replaced.then(|| What::DropTable { table: table.clone(), if_exists: false }).into_iter().collect();
    let opened = reading.words.first().is_some_and(|word| word.is("("));
    let inside = reading.parens();
    let columns =
        inside.map(|inside| parts(inside, ",").into_iter().filter_map(|part| defined(engine, part)).collect());
    let columns = columns.unwrap_or_default();
    whats.push(What::CreateTable { table, columns, temporary });
    if opened && inside.is_none() {
        whats.push(What::NotUnderstood { why: "what a table is made of".into(), says: None });
    }
    Some(whats)
}

/// The name and the type of a column in a `create table`.
fn defined(engine: Engine, part: &[Word<'_>]) -> Option<(String, String)> {
    let (first, rest) = part.split_first()?;
    let of_table = ["constraint", "primary", "unique", "foreign", "check", "exclude", "like"];
    // Elsewhere a column may be called so.
    let of_mysql = engine == Engine::Mysql && first.is_any(&["index", "key", "fulltext", "spatial"]);
    if !first.is_name() || first.is_any(&of_table) || of_mysql || starts(part, &["period", "for"]) {
        return None;
    }
    Some((plain(first.text), ty(rest)))
}

/// The type that stands here; SQLite can do without.
pub(super) fn ty(words: &[Word<'_>]) -> String {
    let options = [
        "not",
        "null",
        "default",
        "primary",
        "unique",
        "key",
        "references",
        "check",
        "constraint",
        "auto_increment",
        "autoincrement",
        "comment",
        "collate",
        "generated",
        "as",
        "on",
        "first",
        "after",
        "invisible",
        "visible",
        "compressed",
        "with",
        "without",
        "storage",
        "using",
    ];
    // `character varying(50)`, but `varchar(50) character set utf8`.
    let late = ["character", "charset", "binary"];
    let mut text = String::new();
    let mut depth = 0_usize;
    for (n, word) in words.iter().enumerate() {
        if depth == 0 && (word.is_any(&options) || (n > 0 && word.is_any(&late))) {
            break;
        }
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !text.is_empty() && word.kind != Kind::Sign {
            text.push(' ');
        }
        text.push_str(word.text);
    }
    spelled(&text)
}

fn dropped(mut reading: Reading<'_>) -> Option<Vec<What>> {
    if reading.eat(&["temporary"]) {
        reading.eat(&["table", "tables"]).then_some(())?;
        reading.eat_if();
        let names = parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name());
        return Some(names.map(|table| What::DropTemporary { table }).collect());
    }
    if reading.eat(&["table", "tables"]) {
        let if_exists = reading.eat_if();
        let names = parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name());
        return Some(names.map(|table| What::DropTable { table, if_exists }).collect());
    }
    if reading.eat(&["database", "schema"]) {
        reading.eat_if();
        return Some(vec![What::DropDatabase { database: reading.name()? }]);
    }
    let harmless = [
        "event",
        "function",
        "procedure",
        "package",
        "role",
        "sequence",
        "server",
        "trigger",
        "user",
        "view",
        "index",
        "prepare",
        "resource",
        "tablespace",
        "undo",
    ];
    reading.eat(&harmless).then(Vec::new)
}
