//! Bodies that run at once: `do` of PostgreSQL, `begin not atomic`, `if` and loops of MariaDB. Their statements count as if
//! they stood in the file; whether the words around them let them run is not judged. So does a routine that a file makes and
//! calls.

use super::reading::{Reading, parts, starts};
use super::rows;
use super::texts::{self, Variables};
use super::words::{self, Word};
use super::{Act, What, of_statement};
use crate::engine::{self, Engine};

/// What a block does; none when the statement is no block.
pub(super) fn acts(engine: Engine, sql: &str, words: &[Word<'_>], variables: &mut Variables) -> Option<Vec<Act>> {
    match engine {
        Engine::Postgres => of_postgres(words, variables),
        Engine::Mysql => {
            let inside = event(words).or_else(|| is_steering(words).then_some(words));
            inside.map(|inside| body(engine, sql, inside, variables))
        }
        Engine::Sqlite => None,
    }
}

fn of_postgres(words: &[Word<'_>], variables: &mut Variables) -> Option<Vec<Act>> {
    words.first()?.is("do").then_some(())?;
    let (text, offset) = words.iter().find_map(Word::said)?;
    let language = words.windows(2).find(|pair| pair[0].is("language")).map(|pair| pair[1].text);
    let inside = words::of(Engine::Postgres, text);
    if language.is_some_and(|name| !name.trim_matches(['"', '\'']).eq_ignore_ascii_case("plpgsql")) {
        let why = "what a do block runs".to_owned();
        let unread = Act::at(offset, What::NotUnderstood { why, says: None });
        return Some(Vec::from_iter(texts::is_grave(&inside).then_some(unread)));
    }
    let found = body(Engine::Postgres, text, &inside, variables);
    Some(found.into_iter().map(|act| Act { offset: offset + act.offset, ..act }).collect())
}

/// What an event does that a statement makes: it runs by itself, unless it is turned off.
fn event<'a>(words: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    words.first()?.is_any(&["create", "alter"]).then_some(())?;
    // Behind `or replace` and a definer.
    let from = words.iter().take(12).position(|word| word.is("event"))?;
    let made = ["table", "view", "trigger", "procedure", "function"];
    let at = from + words[from..].iter().position(|word| word.is("do"))?;
    let head = &words[..at];
    let is_one = !words[..from].iter().any(|word| word.is_any(&made)) && !head.iter().any(|word| word.is("disable"));
    is_one.then(|| &words[at + 1..])
}

/// The routine that a statement makes, and what it would do.
pub(super) fn routine(engine: Engine, sql: &str, words: &[Word<'_>]) -> Option<(String, Vec<What>)> {
    let kinds = ["procedure", "function"];
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    reading.eat_all(&["or", "replace"]);
    if engine == Engine::Mysql && reading.words.first()?.is("definer") {
        let kind = reading.words.iter().take(8).position(|word| word.is_any(&kinds))?;
        reading.words = &reading.words[kind..];
    }
    reading.eat(&kinds).then_some(())?;
    reading.eat_if();
    let name = reading.name()?;
    reading.parens();
    let name = name.rsplit('.').next().unwrap_or(&name).to_owned();
    let variables = &mut Variables::default();
    let acts = match engine {
        Engine::Postgres => {
            let (text, _) = reading.words.iter().find_map(Word::said)?;
            let language = reading.words.windows(2).find(|pair| pair[0].is("language"))?[1];
            match language.text.trim_matches(['"', '\'']).to_lowercase().as_str() {
                "plpgsql" => body(engine, text, &words::of(engine, text), variables),
                "sql" => {
                    let statements = engine::statements(engine, text);
                    statements.iter().flat_map(|statement| of_statement(engine, statement.sql, variables)).collect()
                }
                _ => return None,
            }
        }
        Engine::Mysql => {
            // Its comment is one of its head's words.
            let begins = |word: &Word<'_>| (word.is_any(&OF_SQL) && !word.is("comment")) || word.is_any(&OF_MYSQL);
            let from = reading.words.iter().position(begins)?;
            body(engine, sql, &reading.words[from..], variables)
        }
        Engine::Sqlite => return None,
    };
    Some((name, acts.into_iter().map(|act| act.what).collect()))
}

/// What else the body of a routine may begin with on MySQL.
const OF_MYSQL: [&str; 16] = [
    "begin", "call", "case", "execute", "for", "if", "loop", "optimize", "prepare", "rename", "repeat", "replace",
    "return", "select", "set", "while",
];

/// Words of MariaDB's that steer what follows; a piece of a block may stand alone.
fn is_steering(words: &[Word<'_>]) -> bool {
    let heads = ["if", "case", "while", "for", "loop", "repeat", "declare", "else", "elseif", "end", "until", "when"];
    starts(words, &["begin", "not"]) || words.first().is_some_and(|word| word.is_any(&heads)) || is_label(words)
}

fn is_label(words: &[Word<'_>]) -> bool {
    matches!(words, [name, colon, ..] if name.is_name() && colon.is(":"))
}

fn body(engine: Engine, sql: &str, words: &[Word<'_>], variables: &mut Variables) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut declares = false;
    for part in parts(words, ";") {
        declares = (declares || starts(part, &["declare"]) || is_labelled_declare(part)) && !starts(part, &["begin"]);
        if declares && engine == Engine::Postgres {
            continue;
        }
        declares = false;
        if engine == Engine::Postgres
            && let Some(query) = looped(part)
        {
            acts.extend(asked(query, words));
        }
        let part = statement(engine, part);
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        if engine == Engine::Postgres && first.is_any(&["execute", "with"]) {
            acts.extend(asked(part, words));
        } else if engine == Engine::Mysql || first.is_any(&OF_SQL) {
            // What comes back goes into a variable, which only the block's language knows.
            let end = part.iter().skip(1).position(|word| word.is("returning")).map_or(last.end(), |n| part[n].end());
            let inner = of_statement(engine, &sql[first.offset..end], variables);
            acts.extend(inner.into_iter().map(|act| Act { offset: first.offset + act.offset, ..act }));
        } else {
            acts.extend(variables.called(part).into_iter().map(|what| Act::at(first.offset, what)));
        }
    }
    acts
}

/// The query of a loop of PostgreSQL's: `for r in delete from t returning * loop`.
fn looped<'a>(part: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let from = part.iter().position(|word| word.is("for"))?;
    let from = from + part[from..].iter().position(|word| word.is("in"))? + 1;
    let until = from + part[from..].iter().position(|word| word.is("loop"))?;
    Some(&part[from..until])
}

/// What a query does whose answer only the block's language takes: a text, or a statement that gives rows back.
fn asked(query: &[Word<'_>], words: &[Word<'_>]) -> Vec<Act> {
    match query.first() {
        Some(first) if first.is("execute") => {
            let found = texts::run(Engine::Postgres, &query[1..], words);
            found.into_iter().map(|what| Act::at(first.offset, what)).collect()
        }
        _ => rows::acts(Engine::Postgres, query),
    }
}

/// What begins so is SQL that changes something; all else is the block's own language, or a query.
const OF_SQL: [&str; 22] = [
    "alter", "analyze", "cluster", "comment", "commit", "copy", "create", "delete", "discard", "drop", "import",
    "insert", "lock", "merge", "reassign", "refresh", "reindex", "rollback", "truncate", "update", "vacuum", "do",
];

fn is_labelled_declare(part: &[Word<'_>]) -> bool {
    part.iter().take(6).any(|word| word.is("declare")) && part[0].is("<")
}

/// Without the words before it that only steer.
fn statement<'a>(engine: Engine, mut part: &'a [Word<'a>]) -> &'a [Word<'a>] {
    loop {
        part = match part {
            [] => return part,
            [a, b, ..] if a.is("<") && b.is("<") => part.get(5..).unwrap_or_default(),
            _ if is_label(part) => &part[2..],
            [head, ..] if head.is("declare") && engine == Engine::Mysql => return handled(part),
            [a, b, c, ..] if a.is("begin") && b.is("not") && c.is("atomic") => &part[3..],
            [head, ..] if head.is_any(&["begin", "else", "exception", "loop", "repeat"]) => &part[1..],
            [head, ..] if head.is_any(&["if", "elsif", "elseif", "case", "when"]) => past(part, "then"),
            [head, ..] if head.is_any(&["for", "foreach", "while"]) => match engine {
                Engine::Mysql => past(part, "do"),
                _ => past(part, "loop"),
            },
            [head, ..] if head.is_any(&["end", "until", "declare"]) => return &[],
            _ => return part,
        };
    }
}

/// `declare exit handler for sqlexception drop table t`: what the handler would do.
fn handled<'a>(part: &'a [Word<'a>]) -> &'a [Word<'a>] {
    match part.iter().position(|word| word.is_any(&OF_SQL)) {
        Some(at) if part.iter().any(|word| word.is("handler")) => &part[at..],
        _ => &[],
    }
}

/// Behind the word that ends a condition; a `case` within it has a `then` of its own.
fn past<'a>(part: &'a [Word<'a>], end: &str) -> &'a [Word<'a>] {
    let mut cases = 0_usize;
    for (n, word) in part.iter().enumerate().skip(1) {
        if word.is("case") {
            cases += 1;
        } else if word.is("end") {
            cases = cases.saturating_sub(1);
        } else if cases == 0 && word.is(end) {
            return &part[n + 1..];
        }
    }
    &[]
}
