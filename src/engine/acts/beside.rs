//! What a statement does beside what its parser tells: made views and schemas, copied rows, computed columns, and what engines do
//! of their own.

use super::made::{defined, last};
use super::reading::{Reading, parts, starts};
use super::terms::Of;
use super::words::{Kind, Word};
use super::{Made, What, copies, doubtful, fleeting, heads, modes, partitions, plain, touched, undone, unseen};
use crate::engine::Engine;

pub(super) fn acts(engine: Engine, words: &[Word<'_>], made: &Made) -> Vec<What> {
    let copied = copies::copies(Of { engine, made, table: None }, words);
    let kept = fleeting::fleeting(engine, words, made).into_iter().chain(touched::hooked(words));
    let kept = kept.chain(doubtful::doubtful(words)).chain(doubtful::only_if_new(words));
    let kept = kept.chain(doubtful::redefined(engine, words));
    let kept = kept
        .chain(unseen::unseen(engine, words))
        .chain(modes::modes(engine, words, made))
        .chain(undone::mark(engine, words));
    let mut whats: Vec<What> =
        new(engine, words).into_iter().chain(kept).chain(copied).chain(computed(words)).collect();
    match engine {
        Engine::Postgres => whats.extend(of_postgres(words)),
        Engine::Mysql | Engine::Sqlite if words.first().is_some_and(|word| word.is_any(&["create", "alter"])) => {
            whats.extend(references(words));
        }
        Engine::Mysql | Engine::Sqlite => whats.extend(keys_off(engine, words)),
    }
    whats.extend(dropped_views(engine, words));
    whats.extend(partitions::thrown(engine, words, made));
    whats
}

/// What is made and has no columns to tell of.
fn new(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    reading.eat_all(&["or", "replace"]);
    // `algorithm = merge definer = a@b sql security invoker view v`
    let is_option = reading.words.first().is_some_and(|word| word.is_any(&["algorithm", "definer", "sql"]));
    if engine == Engine::Mysql && is_option {
        let kinds = ["view", "trigger", "procedure", "function", "event"];
        let kind = words.iter().position(|word| word.is_any(&kinds))?;
        reading = Reading::new(&words[kind..]);
    }
    let is_of_session = |word: &Word<'_>| word.is_any(&["temporary", "temp"]);
    let mut temporary = false;
    while reading.words.first().is_some_and(|word| {
        let kinds = ["recursive", "materialized", "virtual", "foreign", "unlogged"];
        temporary |= is_of_session(word);
        is_of_session(word) || word.is_any(&kinds)
    }) {
        reading.words = &reading.words[1..];
    }
    if reading.eat(&["view", "sequence"]) || (reading.eat(&["table"]) && is_other_table(words)) {
        reading.eat_if();
        let name = reading.name()?;
        let temporary = temporary || name.starts_with("temp.") || name.starts_with("pg_temp.");
        return Some(What::CreateOther { name, temporary });
    }
    let others = ["aggregate", "collation", "domain", "extension", "function", "language", "type"];
    if engine == Engine::Postgres && reading.eat(&others) {
        reading.eat_if();
        let ty = reading.name()?;
        let is_domain = words.get(1).is_some_and(|word| word.is("domain"));
        reading.eat(&["as"]);
        return Some(What::CreateType { ty, of: is_domain.then(|| heads::ty(reading.words)) });
    }
    database(reading)
}

/// A view of the session hides a table of its name; dropped, it does so no more.
fn dropped_views(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    if engine == Engine::Mysql || !reading.eat_all(&["drop", "view"]) {
        return Vec::new();
    }
    reading.eat_if();
    let named = parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name());
    named.map(|table| What::DropTemporary { table }).collect()
}

fn is_other_table(words: &[Word<'_>]) -> bool {
    words.get(1).is_some_and(|word| word.is_any(&["virtual", "foreign"]))
}

fn database(mut reading: Reading<'_>) -> Option<What> {
    reading.eat(&["schema", "database"]).then_some(())?;
    reading.eat_if();
    reading.eat(&["authorization"]);
    Some(What::CreateSchema { schema: reading.name()? })
}

/// The columns of a new table, and those that are added to one, that are worked out of others: a copy leaves them out.
fn computed(words: &[Word<'_>]) -> Vec<What> {
    let (table, definitions) = match defined(words) {
        Some((table, inside)) => (table, parts(inside, ",")),
        None => {
            let mut reading = Reading::new(words);
            if !reading.eat_all(&["alter", "table"]) {
                return Vec::new();
            }
            reading.eat_if();
            reading.eat(&["only"]);
            let Some(table) = reading.name() else { return Vec::new() };
            let added = parts(reading.words, ",").into_iter().filter_map(|part| {
                let mut reading = Reading::new(part);
                reading.eat(&["add"]).then_some(())?;
                reading.eat(&["column"]);
                reading.eat_if();
                Some(reading.words)
            });
            (table, added.collect())
        }
    };
    // `as (a + b)`, with or without `generated always` before it; of an identity there is no `(` there.
    let is_computed = |part: &&[Word<'_>]| part.windows(2).any(|pair| starts(pair, &["as", "("]));
    let named =
        definitions.into_iter().filter(is_computed).filter_map(|part| part.first()).filter(|word| word.is_name());
    named.map(|word| What::Computed { table: table.clone(), column: plain(word.text) }).collect()
}

fn of_postgres(words: &[Word<'_>]) -> Vec<What> {
    match words {
        [drop, owned, by, rest @ ..] if drop.is("drop") && owned.is("owned") && by.is("by") => {
            let names = rest.iter().filter(|word| word.is_name() && !word.is_any(&["cascade", "restrict"]));
            let roles = names.map(|word| plain(word.text)).collect::<Vec<_>>().join(", ");
            vec![What::DropOwned { roles }]
        }
        [drop, rest @ .., last] if drop.is("drop") && last.is("cascade") => {
            cascades(rest).into_iter().chain(other_of_postgres(words)).collect()
        }
        [alter, table, ..] if alter.is("alter") && table.is("table") => {
            unseen::altered(words).into_iter().filter_map(|(table, operation)| into_schema(table, operation)).collect()
        }
        [alter, ty, rest @ ..] if alter.is("alter") && ty.is("type") => {
            attributes(rest).into_iter().chain(other_of_postgres(words)).collect()
        }
        words => other_of_postgres(words).into_iter().collect(),
    }
}

/// `alter table t set schema s`
fn into_schema(table: String, operation: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(operation);
    reading.eat_all(&["set", "schema"]).then_some(())?;
    let to = format!("{}.{}", reading.name()?, last(&table));
    Some(What::RenameTable { table, to })
}

/// What is dropped with all that depends on it: of a type, the columns of tables too.
fn cascades(words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    let columns = ["type", "domain", "extension", "collation", "access"];
    let others = [
        "aggregate",
        "foreign",
        "function",
        "language",
        "materialized",
        "operator",
        "procedural",
        "routine",
        "sequence",
        "server",
        "view",
    ];
    let Some(first) = words.first().filter(|word| word.is_any(&columns) || word.is_any(&others)) else {
        return Vec::new();
    };
    let mut kind = first.text.to_lowercase();
    reading.words = &words[1..];
    while let Some(more) = reading
        .words
        .first()
        .filter(|word| word.is_any(&["class", "data", "family", "language", "method", "table", "view", "wrapper"]))
    {
        kind = format!("{kind} {}", more.text.to_lowercase());
        reading.words = &reading.words[1..];
    }
    reading.eat_if();
    let names = parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name());
    names.map(|name| What::Cascade { kind: kind.clone(), name, columns: first.is_any(&columns) }).collect()
}

/// `alter type t drop attribute a`: columns of that type lose it.
fn attributes(words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    let Some(ty) = reading.name() else { return Vec::new() };
    let dropped = parts(reading.words, ",").into_iter().filter_map(|part| {
        let mut reading = Reading::new(part);
        reading.eat_all(&["drop", "attribute"]).then_some(())?;
        let if_exists = reading.eat_if();
        Some(What::DropColumn { table: ty.clone(), column: reading.name()?, if_exists })
    });
    dropped.collect()
}

fn other_of_postgres(words: &[Word<'_>]) -> Option<What> {
    let outside = |statement| Some(What::OutsideTransaction { statement });
    let text_of = |word: &Word<'_>| word.said().map(|(text, _)| text.to_owned());
    match words {
        [create, kind, ..] if create.is("create") && kind.is("tablespace") => outside("create tablespace"),
        [drop, kind, ..] if drop.is("drop") && kind.is("tablespace") => outside("drop tablespace"),
        // Without a slot on the other side it does not talk to it.
        [create, kind, rest @ ..] if create.is("create") && kind.is("subscription") => {
            let quiet = rest.windows(3).any(|option| {
                option[0].is_any(&["connect", "create_slot"])
                    && option[1].is("=")
                    && option[2].is_any(&["false", "off"])
            });
            if quiet { None } else { outside("create subscription") }
        }
        [drop, kind, ..] if drop.is("drop") && kind.is("subscription") => outside("drop subscription"),
        [alter, kind, rest @ ..] if alter.is("alter") && kind.is("subscription") => {
            let refreshes = rest.iter().any(|word| word.is("refresh"));
            if refreshes { outside("alter subscription … refresh publication") } else { None }
        }
        [alter, kind, _, rest @ ..] if alter.is("alter") && kind.is("database") => {
            if starts(rest, &["set", "tablespace"]) { outside("alter database … set tablespace") } else { None }
        }
        [discard, all] if discard.is("discard") && all.is("all") => outside("discard all"),
        [cluster] if cluster.is("cluster") => outside("cluster of all tables"),
        [cluster, verbose] if cluster.is("cluster") && verbose.is("verbose") => outside("cluster of all tables"),
        [comment, on, kind, ..] if comment.is("comment") && on.is("on") && kind.is("database") => {
            Some(What::OverwritesMark)
        }
        [alter, kind, rest @ ..] if alter.is("alter") && kind.is("type") => {
            let mut reading = Reading::new(rest);
            let ty = reading.name()?;
            reading.eat_all(&["add", "value"]).then_some(())?;
            reading.eat_if();
            Some(What::AddEnumValue { ty, value: text_of(reading.words.first()?)? })
        }
        _ => None,
    }
}

/// The tables that a table refers to.
fn references(words: &[Word<'_>]) -> Vec<What> {
    let Some(at) = words.iter().position(|word| word.is("table")) else { return Vec::new() };
    let mut reading = Reading::new(&words[at + 1..]);
    reading.eat_if();
    let Some(table) = reading.name() else { return Vec::new() };
    let keys = words.iter().enumerate().filter(|(_, word)| word.is("references"));
    let refers = keys.filter_map(|(at, _)| {
        let behind = &words[at + 1..];
        let behind = &behind[..behind.iter().position(|word| word.is("references")).unwrap_or(behind.len())];
        let follows =
            behind.windows(3).any(|some| starts(some, &["on", "delete"]) && some[2].is_any(&["cascade", "set"]));
        Some(What::Refers { table: table.clone(), to: Reading::new(behind).name()?, follows })
    });
    refers.collect()
}

/// `pragma foreign_keys = off`, `set foreign_key_checks = 0`
fn keys_off(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    let (head, name) =
        if engine == Engine::Sqlite { ("pragma", "foreign_keys") } else { ("set", "foreign_key_checks") };
    words.first()?.is(head).then_some(())?;
    let is_off = words.windows(3).any(|some| {
        let named = some[0].text.trim_start_matches('@').eq_ignore_ascii_case(name);
        named && some[1].is_any(&["=", ":=", "("]) && some[2].is_any(&["0", "off", "false", "no"])
    });
    is_off.then_some(What::KeysOff)
}

/// Where `||` is an OR: on MySQL and MariaDB, unless the sql_mode says otherwise.
pub(super) fn pipes<'a>(words: &[Word<'a>]) -> Option<Word<'a>> {
    words.iter().copied().find(|word| word.kind == Kind::Sign && word.text == "||")
}

/// Whether the statement makes `||` join texts from there on.
pub(super) fn joins_by_pipes(words: &[Word<'_>]) -> bool {
    let sets_mode = words.first().is_some_and(|word| word.is("set")) && words.iter().any(modes::is_mode);
    let modes = ["PIPES_AS_CONCAT", "ANSI", "ORACLE", "POSTGRESQL", "MSSQL", "DB2", "MAXDB"];
    let says = |text: &str| text.to_uppercase().split(',').any(|mode| modes.contains(&mode.trim()));
    sets_mode && words.iter().filter_map(|word| word.said()).any(|(text, _)| says(text))
}
