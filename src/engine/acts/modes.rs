//! What a file sets of its session that changes what its later statements mean: where PostgreSQL looks for a table without a
//! schema, whether MariaDB cuts values off without a word, and in which character set it takes the file's texts to be.

use super::made::Made;
use super::reading::{Reading, outside, parts, starts};
use super::terms::{LEVELS, peeled};
use super::words::{Kind, Word};
use super::written::is_variable;
use super::{What, plain};
use crate::engine::Engine;

pub(super) fn modes(engine: Engine, words: &[Word<'_>], made: &Made) -> Option<What> {
    match engine {
        Engine::Postgres => path(words).map(|path| What::LooksInto { path }),
        Engine::Mysql if starts(words, &["set"]) => lenient(&words[1..], made).map(|is| What::Lenient { is }),
        Engine::Mysql | Engine::Sqlite => None,
    }
}

/// A trigger or an event that is made while strictness is gone.
pub(super) fn stays(engine: Engine, words: &[Word<'_>], made: &Made) -> Option<What> {
    (engine == Engine::Mysql && made.is_lenient() && words.first()?.is("create")).then_some(())?;
    // A definer may stand before it.
    let others = ["table", "view", "procedure", "function", "index", "sequence", "user", "role", "database", "schema"];
    let kinds = ["trigger", "event"];
    let noun = words.iter().take(12).find(|word| word.is_any(&kinds) || word.is_any(&others))?;
    kinds.into_iter().find(|kind| noun.is(kind)).map(|kind| What::StaysLenient { kind })
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
pub(super) fn lenient(words: &[Word<'_>], made: &Made) -> Option<bool> {
    let mut found = None;
    let mut is_global = false;
    for part in parts(words, ",") {
        is_global = part[0].is("global") || (is_global && !part[0].is_any(&["session", "local"]));
        let Some(at) = part.windows(2).position(|pair| is_mode(&pair[0]) && pair[1].is_any(&["=", ":="])) else {
            continue;
        };
        if !(is_global || part[..at].iter().any(is_of_server)) {
            found = mode(&part[at + 2..], made, LEVELS).or(found);
        }
    }
    found
}

/// What a statement leaves in the session: whether it is strict, and which modes lie in user variables.
pub(super) fn learn(engine: Engine, words: &[Word<'_>], made: &mut Made) {
    if engine != Engine::Mysql || !words.first().is_some_and(|word| word.is_any(&["set", "select"])) {
        return;
    }
    let now = made.is_lenient();
    let given = |list: &[Word<'_>]| -> Vec<(String, bool)> {
        parts(list, ",").into_iter().filter_map(|part| assigned(part, made)).collect()
    };
    let assigned: Vec<(String, bool)> = match words[0].is("set") {
        true => given(&words[1..]),
        // `select @m := ''`, `select '' into @m`
        false => {
            let (list, named) = words[1..].split_at(outside(&words[1..], &["into"]).unwrap_or(words.len() - 1));
            let list = &list[..outside(list, &["from"]).unwrap_or(list.len())];
            let named = named.iter().filter(|word| is_own(word)).map(|word| word.text.to_lowercase());
            let values = parts(list, ",").into_iter().map(|value| mode(value, made, LEVELS).unwrap_or(now));
            let put: Vec<_> = named.zip(values).collect();
            [given(list), put].concat()
        }
    };
    if let Some(is) = lenient(&words[1..], made).filter(|_| words[0].is("set")) {
        made.set_lenient(is);
    }
    assigned.into_iter().for_each(|(name, is)| made.set_mode(name, is));
}

/// `@m = …`: whether a mode of that value lacks strictness.
fn assigned(part: &[Word<'_>], made: &Made) -> Option<(String, bool)> {
    let [name, sign, value @ ..] = part else { return None };
    (is_own(name) && sign.is_any(&["=", ":="]))
        .then(|| (name.text.to_lowercase(), mode(value, made, LEVELS).unwrap_or(made.is_lenient())))
}

/// `global`, `@@global.`
fn is_of_server(word: &Word<'_>) -> bool {
    word.text.trim_start_matches('@').eq_ignore_ascii_case("global")
}

pub(super) fn is_mode(word: &Word<'_>) -> bool {
    let name = word.text.trim_start_matches('@').to_lowercase();
    word.kind == Kind::Bare && (name == "sql_mode" || name.ends_with(".sql_mode"))
}

/// A variable of the user's; of `@@m` the first sign is a word of its own.
fn is_own(word: &Word<'_>) -> bool {
    is_variable(word) && word.text.len() > 1
}

/// Whether a value of `sql_mode` lacks strictness; none where that is as it was. Of what nobody here can work out it does.
fn mode(value: &[Word<'_>], made: &Made, levels: usize) -> Option<bool> {
    let Some(levels) = levels.checked_sub(1) else { return Some(true) };
    match peeled(value) {
        [] => None,
        [text] if text.kind == Kind::Text => Some(!is_strict(&[*text])),
        [word] if word.is("default") => Some(false),
        // What no file has put there is what the mode was.
        [word] if is_own(word) => Some(made.mode(word.text).unwrap_or(false)),
        [word] => Some(!is_strict(&[*word])),
        // `@@sql_mode`, `@@session.sql_mode`
        [at, name @ ..] if at.is("@") => of_variable(name),
        [select, rest @ ..] if select.is("select") => {
            let until = rest.iter().position(|word| word.is_any(&["from", "into"])).unwrap_or(rest.len());
            mode(&rest[..until], made, levels)
        }
        [kind, rest @ ..] if kind.is("binary") || kind.text.starts_with('_') => mode(rest, made, levels),
        [function, rest @ ..] => {
            let mut reading = Reading::new(rest);
            let inside = reading.parens().filter(|_| reading.words.is_empty());
            match inside {
                Some(inside) => worked_out(function, &parts(inside, ","), made, levels),
                None => Some(true),
            }
        }
    }
}

fn of_variable(name: &[Word<'_>]) -> Option<bool> {
    match name {
        [name] if is_mode(name) => None,
        [scope, dot, name] if dot.is(".") && is_mode(name) => is_of_server(scope).then_some(false),
        _ => Some(true),
    }
}

fn worked_out(function: &Word<'_>, arguments: &[&[Word<'_>]], made: &Made, levels: usize) -> Option<bool> {
    let of = |part: &&[Word<'_>]| mode(part, made, levels);
    let Some(first) = arguments.first() else { return Some(true) };
    match function.text.to_ascii_lowercase().as_str() {
        // Taken out of what is set.
        "replace" | "regexp_replace" if arguments[1..].iter().any(|part| is_strict(part)) => Some(true),
        "replace" | "regexp_replace" | "trim" | "lower" | "upper" | "cast" | "convert" => of(first),
        // Put to it: what one of them has, all of it has.
        "concat" | "concat_ws" | "coalesce" | "ifnull" | "nvl" => {
            let found: Vec<Option<bool>> = arguments.iter().map(of).collect();
            let is_all = || arguments.iter().all(|part| matches!(part, [text] if text.kind == Kind::Text));
            let joined =
                || arguments.iter().filter_map(|part| part[0].said()).map(|(text, _)| text).collect::<String>();
            match () {
                () if found.contains(&Some(false)) => Some(false),
                () if found.contains(&None) => None,
                () => Some(!(is_all() && says_strict(&joined()))),
            }
        }
        "if" => {
            let found: Vec<Option<bool>> = arguments[1..].iter().map(of).collect();
            match () {
                () if found.contains(&Some(true)) => Some(true),
                () if found.contains(&None) => None,
                () => Some(false),
            }
        }
        _ => Some(true),
    }
}

fn is_strict(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| says_strict(word.said().map_or(word.text, |(text, _)| text)))
}

fn says_strict(text: &str) -> bool {
    let modes = ["STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"];
    modes.iter().any(|mode| text.to_uppercase().contains(mode))
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
            ("set sql_mode = (select '')", Some(true)),
            ("set sql_mode = concat('', 'ANSI')", Some(true)),
            ("set sql_mode = concat('STRICT_TRANS', '_TABLES')", Some(false)),
            ("set sql_mode = elt(1, '')", Some(true)),
            ("set sql_mode = binary ''", Some(true)),
            ("set sql_mode = left(@@sql_mode, 0)", Some(true)),
            ("set sql_mode = concat(replace(@@sql_mode, 'STRICT_TRANS_TABLES', ''), ',ANSI')", Some(true)),
            ("set sql_mode = (select replace(@@sql_mode, 'ONLY_FULL_GROUP_BY', ''))", None),
            ("set session sql_mode = (select concat(@@session.sql_mode, ',NO_ZERO_DATE'))", None),
            ("set sql_mode = if(1, @@sql_mode, '')", Some(true)),
            ("set sql_mode = @@global.sql_mode", Some(false)),
            ("set sql_mode = @@sql_mode", None),
        ] {
            assert_eq!(lenient(&words::of(Engine::Mysql, sql)[1..], &Made::default()), is, "{sql}");
        }
    }

    #[test]
    fn a_mode_that_lies_in_a_variable_is_what_was_put_there() {
        for (put, is) in [
            ("set @m = ''", true),
            ("set @a = 1, @M := 'ANSI'", true),
            ("select '' into @m", true),
            ("select 1, '' into @a, @m", true),
            ("select @m := ''", true),
            ("set @m = 'STRICT_ALL_TABLES'", false),
            ("set @m = @@sql_mode", false),
            ("set @m = concat(@@sql_mode, ',ANSI')", false),
            ("set @a = ''", false),
        ] {
            let mut made = Made::default();
            learn(Engine::Mysql, &words::of(Engine::Mysql, put), &mut made);
            assert_eq!(lenient(&words::of(Engine::Mysql, "set sql_mode = @m")[1..], &made), Some(is), "{put}");
        }
        // It keeps what the session had then.
        let mut made = Made::default();
        for sql in ["set sql_mode = ''", "set @m = @@sql_mode", "set sql_mode = default"] {
            learn(Engine::Mysql, &words::of(Engine::Mysql, sql), &mut made);
        }
        assert!(!made.is_lenient());
        assert_eq!(made.mode("@m"), Some(true));
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
