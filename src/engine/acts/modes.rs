//! What a file sets of its session that changes what its later statements mean: where PostgreSQL looks for a table without a
//! schema, whether MariaDB cuts values off without a word, and in which character set it takes the file's texts to be.

use super::reading::{Reading, parts, starts};
use super::words::{Kind, Word};
use super::{What, plain};
use crate::engine::Engine;

pub(super) fn modes(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    match engine {
        Engine::Postgres => path(words).map(|path| What::LooksInto { path }),
        Engine::Mysql if starts(words, &["set"]) => lenient(&words[1..]).map(|is| What::Lenient { is }),
        Engine::Mysql | Engine::Sqlite => None,
    }
}

/// The first schema of a `search_path`; nothing where it is the usual one.
fn path(words: &[Word<'_>]) -> Option<String> {
    let usual = Some(String::new());
    let mut reading = Reading::new(words);
    if reading.eat(&["reset"]) {
        return if reading.eat(&["search_path", "all"]) { usual } else { None };
    }
    if starts(words, &["discard", "all"]) {
        return usual;
    }
    if reading.eat(&["set"]) {
        reading.eat(&["session", "local"]);
        let is_path = reading.eat(&["search_path"]) && reading.eat(&["=", "to"]);
        return if is_path || reading.eat(&["schema"]) { Some(first(reading.words)) } else { None };
    }
    let at = words.windows(3).position(|some| {
        let is_named = some[2].said().is_some_and(|(text, _)| text.eq_ignore_ascii_case("search_path"));
        some[0].is("set_config") && some[1].is("(") && is_named
    })?;
    words.first()?.is("select").then(|| words.get(at + 4).map(|word| first(std::slice::from_ref(word))))?
}

fn first(words: &[Word<'_>]) -> String {
    let texts = words.iter().map(|word| word.said().map_or(word.text, |(text, _)| text));
    let names: Vec<String> = texts.flat_map(|text| text.split(',')).map(|name| plain(name.trim())).collect();
    let mut names = names.into_iter().filter(|name| !name.is_empty() && name != "$user" && name != ",");
    // Of none at all no table goes without its schema.
    let first = names.next().unwrap_or_else(|| "\"\"".to_owned());
    if ["public", "default"].contains(&first.as_str()) { String::new() } else { first }
}

/// Whether a `set` takes strictness away or gives it back; none where it says nothing of it.
pub(super) fn lenient(words: &[Word<'_>]) -> Option<bool> {
    let mut found = None;
    let mut is_global = false;
    for part in parts(words, ",") {
        is_global = part[0].is("global") || (is_global && !part[0].is_any(&["session", "local"]));
        let Some(at) = part.windows(2).position(|pair| is_mode(&pair[0]) && pair[1].is_any(&["=", ":="])) else {
            continue;
        };
        if !(is_global || part[..at].iter().any(is_of_server)) {
            found = mode(&part[at + 2..]).or(found);
        }
    }
    found
}

/// `global`, `@@global.`
fn is_of_server(word: &Word<'_>) -> bool {
    word.text.trim_start_matches('@').eq_ignore_ascii_case("global")
}

pub(super) fn is_mode(word: &Word<'_>) -> bool {
    let name = word.text.trim_start_matches('@').to_lowercase();
    word.kind == Kind::Bare && (name == "sql_mode" || name.ends_with(".sql_mode"))
}

/// Whether a value of `sql_mode` lacks strictness; none where that is as it was.
fn mode(value: &[Word<'_>]) -> Option<bool> {
    let strict = |text: &str| {
        ["STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"]
            .iter()
            .any(|mode| text.to_uppercase().contains(mode))
    };
    let says = |words: &[Word<'_>]| words.iter().any(|word| strict(word.said().map_or(word.text, |(text, _)| text)));
    match value {
        [text] if text.kind == Kind::Text => Some(!says(value)),
        [word] if word.is("default") => Some(false),
        // What it was, or what the server has.
        [word, ..] if word.text.starts_with('@') => Some(false),
        [word] => Some(!says(&[*word])),
        // Taken out of what is set, or put to it.
        [function, rest @ ..] if function.is_any(&["replace", "regexp_replace"]) => says(rest).then_some(true),
        _ if value.iter().any(is_mode) => says(value).then_some(false),
        _ => None,
    }
}

/// What a `set` says of the character set of the texts to come: one that is not the file's, or nothing any more; none where it says
/// nothing of it.
pub(super) fn charset(words: &[Word<'_>]) -> Option<Option<String>> {
    let mut reading = Reading::new(words);
    reading.eat(&["set"]).then_some(())?;
    let said = if reading.eat(&["names", "charset"]) || reading.eat_all(&["character", "set"]) {
        reading.words.first()?
    } else {
        let at = reading.words.windows(2).position(|pair| {
            pair[0].text.trim_start_matches('@').eq_ignore_ascii_case("character_set_client")
                && pair[1].is_any(&["=", ":="])
        })?;
        let is_global = reading.words[..at].iter().any(is_of_server);
        reading.words.get(at + 2).filter(|_| !is_global)?
    };
    let name = said.said().map_or(said.text, |(text, _)| text).trim_matches('`').to_lowercase();
    let is_own = name.starts_with("utf8") || name.starts_with('@') || name == "default";
    Some((!is_own).then_some(name))
}

/// The first text with a letter beyond ASCII that says nothing itself of what it is in.
pub(super) fn foreign<'a>(words: &[Word<'a>]) -> Option<Word<'a>> {
    let is_told = |n: usize| n > 0 && words[n - 1].text.starts_with('_');
    (0..words.len())
        .find(|n| words[*n].kind == Kind::Text && !words[*n].text.is_ascii() && !is_told(*n))
        .map(|n| words[n])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::acts::words;

    #[test]
    fn strictness_is_lost_in_every_spelling_and_given_back() {
        for (sql, is) in [
            ("set sql_mode = ''", Some(true)),
            ("set session sql_mode := 'ANSI'", Some(true)),
            ("set @@sql_mode = 0", Some(true)),
            ("set @@session.sql_mode = ansi", Some(true)),
            ("set @old = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", Some(true)),
            ("set sql_mode = replace(@@sql_mode, 'STRICT_TRANS_TABLES', '')", Some(true)),
            ("set sql_mode = replace(@@sql_mode, 'ONLY_FULL_GROUP_BY', '')", None),
            ("set sql_mode = concat(@@sql_mode, ',ANSI')", None),
            ("set sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')", Some(false)),
            ("set sql_mode = 'ANSI,STRICT_TRANS_TABLES'", Some(false)),
            ("set sql_mode = @old", Some(false)),
            ("set sql_mode = default", Some(false)),
            ("set global sql_mode = ''", None),
            ("set @@global.sql_mode = ''", None),
            ("set @mode = ''", None),
        ] {
            assert_eq!(lenient(&words::of(Engine::Mysql, sql)[1..]), is, "{sql}");
        }
    }

    #[test]
    fn where_a_table_is_looked_for_is_known_by_the_first_schema() {
        for (sql, found) in [
            ("set search_path = o, public", Some("o")),
            ("set local search_path to 'o'", Some("o")),
            ("set schema 'o'", Some("o")),
            ("set search_path = \"$user\", public", Some("")),
            ("select pg_catalog.set_config('search_path', 'o', false)", Some("o")),
            ("select set_config('search_path', '', false)", Some("\"\"")),
            ("reset search_path", Some("")),
            ("discard all", Some("")),
            ("set lock_timeout = 0", None),
            ("select 'search_path'", None),
        ] {
            assert_eq!(path(&words::of(Engine::Postgres, sql)).as_deref(), found, "{sql}");
        }
    }
}
