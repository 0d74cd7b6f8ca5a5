//! Bodies that run at once: `do` of PostgreSQL, `begin not atomic`, `if` and loops of MariaDB. Their statements count as if
//! they stood in the file; whether the words around them let them run is not judged. So does a routine that a file makes and
//! calls.

use super::calls::calls;
use super::made::Routine;
use super::reading::{Reading, parts, starts};
use super::rows;
use super::terms::Of;
use super::texts;
use super::words::{self, Word};
use super::{Act, Made, What, copies, of_statement};
use crate::engine::{self, Engine};

/// What a block does; none when the statement is no block.
pub(super) fn acts(engine: Engine, sql: &str, words: &[Word<'_>], made: &mut Made) -> Option<Vec<Act>> {
    match engine {
        Engine::Postgres => of_postgres(words, made),
        Engine::Mysql => {
            let inside = event(words).or_else(|| is_steering(words).then_some(words));
            inside.map(|inside| body(engine, sql, inside, made))
        }
        Engine::Sqlite => None,
    }
}

fn of_postgres(words: &[Word<'_>], made: &mut Made) -> Option<Vec<Act>> {
    words.first()?.is("do").then_some(())?;
    let (text, offset) = words.iter().find_map(Word::said)?;
    let language = words.windows(2).find(|pair| pair[0].is("language")).map(|pair| pair[1].text);
    let inside = words::of(Engine::Postgres, text);
    if language.is_some_and(|name| !name.trim_matches(['"', '\'']).eq_ignore_ascii_case("plpgsql")) {
        let why = "what a do block runs".to_owned();
        let unread = Act::at(offset, What::NotUnderstood { why, says: None });
        return Some(Vec::from_iter(texts::is_grave(&inside).then_some(unread)));
    }
    let found = body(Engine::Postgres, text, &inside, made);
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
pub(super) fn routine(engine: Engine, sql: &str, words: &[Word<'_>], made: &Made) -> Option<Routine> {
    let kinds = ["procedure", "function"];
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    let replaces = reading.eat_all(&["or", "replace"]);
    if engine == Engine::Mysql && reading.words.first()?.is("definer") {
        let kind = reading.words.iter().take(8).position(|word| word.is_any(&kinds))?;
        reading.words = &reading.words[kind..];
    }
    reading.eat(&kinds).then_some(())?;
    reading.eat_if();
    let name = super::made::last(&reading.name()?);
    let arguments = reading.parens().unwrap_or_default();
    let arguments = arguments.iter().map(|word| word.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    // What it calls is known when it is called.
    let made = &mut made.keys_alone();
    let all_called = |words: &[Word<'_>]| parts(words, ";").into_iter().flat_map(|part| calls(engine, part)).collect();
    let (acts, calls) = match engine {
        Engine::Postgres => of_language(engine, sql, reading.words, made)?,
        Engine::Mysql => {
            // Its comment is one of its head's words.
            let begins = |word: &Word<'_>| (word.is_any(&OF_SQL) && !word.is("comment")) || word.is_any(&OF_MYSQL);
            let from = reading.words.iter().position(begins)?;
            (body(engine, sql, &reading.words[from..], made), all_called(&reading.words[from..]))
        }
        Engine::Sqlite => return None,
    };
    let does = acts.into_iter().map(|act| act.what).collect();
    Some(Routine { name, arguments, replaces, does, calls, lenient: false })
}

/// What the body of a routine of PostgreSQL's would do, and the routines that it calls. `rest`: what stands behind its arguments.
fn of_language(engine: Engine, sql: &str, rest: &[Word<'_>], made: &mut Made) -> Option<(Vec<Act>, Vec<String>)> {
    let called = |words: &[Word<'_>]| parts(words, ";").into_iter().flat_map(|part| calls(engine, part)).collect();
    // A body of the standard's is no text.
    if let Some(from) = rest.windows(2).position(|pair| starts(pair, &["begin", "atomic"])) {
        let inside = &rest[from + 2..];
        let until = inside.iter().rposition(|word| word.is("end")).unwrap_or(inside.len());
        let inside = &inside[..until];
        let of = |part: &[Word<'_>]| Some((part.first()?.offset, part.last()?.end()));
        let statements = parts(inside, ";").into_iter().filter_map(of);
        let acts = statements.flat_map(|(from, until)| of_statement(engine, &sql[from..until], made)).collect();
        return Some((acts, called(inside)));
    }
    if let Some(at) = rest.iter().position(|word| word.is("return")) {
        return Some((Vec::new(), called(&rest[at..])));
    }
    let language = rest.windows(2).find(|pair| pair[0].is("language"))?[1];
    let (text, _) = rest.windows(2).filter(|pair| pair[0].is("as")).find_map(|pair| pair[1].said())?;
    let inside = words::of(engine, text);
    let acts = match language.text.trim_matches(['"', '\'']).to_lowercase().as_str() {
        "plpgsql" => body(engine, text, &inside, made),
        "sql" => {
            let statements = engine::statements(engine, text);
            statements.iter().flat_map(|statement| of_statement(engine, statement.sql, made)).collect()
        }
        _ => return None,
    };
    Some((acts, called(&inside)))
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

fn body(engine: Engine, sql: &str, words: &[Word<'_>], made: &mut Made) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut declares = false;
    let mut looping = Vec::new();
    let called = |part: &[Word<'_>], made: &Made| {
        let at = part.first().map_or(0, |word| word.offset);
        made.called(engine, part).into_iter().map(move |what| Act::at(at, what)).collect::<Vec<_>>()
    };
    for whole in parts(words, ";") {
        declares =
            (declares || starts(whole, &["declare"]) || is_labelled_declare(whole)) && !starts(whole, &["begin"]);
        if engine == Engine::Postgres {
            // What steers within a loop leaves rows out, or may do so.
            if whole.iter().any(|word| word.is_any(&["if", "case", "when", "continue", "exit", "end", "return"])) {
                looping.drain(..).for_each(|name: String| made.set_copy(&name, None));
            } else {
                looping.extend(each(whole, words, made));
            }
        }
        if declares && engine == Engine::Postgres {
            acts.extend(called(whole, made));
            continue;
        }
        declares = false;
        if engine == Engine::Postgres
            && let Some(query) = looped(whole)
        {
            acts.extend(asked(query, words, made));
        }
        let part = statement(engine, whole);
        // A condition, a list of a loop: what it calls runs.
        acts.extend(called(&whole[..whole.len() - part.len()], made));
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        if engine == Engine::Postgres && first.is_any(&["execute", "with"]) {
            acts.extend(asked(part, words, made));
            acts.extend(called(part, made));
        } else if engine == Engine::Mysql || first.is_any(&OF_SQL) {
            // What comes back goes into a variable, which only the block's language knows.
            let end = part.iter().skip(1).position(|word| word.is("returning")).map_or(last.end(), |n| part[n].end());
            let inner = of_statement(engine, &sql[first.offset..end], made);
            acts.extend(inner.into_iter().map(|act| Act { offset: first.offset + act.offset, ..act }));
        } else {
            acts.extend(called(part, made));
        }
    }
    acts
}

/// The names by which a loop knows the rows of a table, where it goes through all of them: its own, and that of a cursor.
fn each(part: &[Word<'_>], body: &[Word<'_>], made: &mut Made) -> Vec<String> {
    let Some(query) = looped(part) else { return Vec::new() };
    let Some(row) = part.iter().position(|word| word.is("for")).and_then(|at| Reading::new(&part[at + 1..]).name())
    else {
        return Vec::new();
    };
    let cursor = match query {
        [cursor] if cursor.is_name() => Some(cursor),
        _ => None,
    };
    let query = match cursor {
        Some(cursor) => parts(body, ";").into_iter().find_map(|part| {
            let at = part.windows(2).position(|pair| pair[0].is(cursor.text) && pair[1].is("cursor"))?;
            let from = at + part[at..].iter().position(|word| word.is_any(&["for", "is"]))?;
            Some(&part[from + 1..])
        }),
        None => Some(query),
    };
    let of = query.and_then(|query| copies::whole(Of { engine: Engine::Postgres, made, table: None }, query));
    let Some(of) = of else { return Vec::new() };
    let names: Vec<String> = [row].into_iter().chain(cursor.map(|cursor| cursor.text.to_lowercase())).collect();
    names.iter().for_each(|name| made.set_copy(name, Some(&of)));
    names
}

/// The query of a loop of PostgreSQL's: `for r in delete from t returning * loop`.
fn looped<'a>(part: &'a [Word<'a>]) -> Option<&'a [Word<'a>]> {
    let from = part.iter().position(|word| word.is("for"))?;
    let from = from + part[from..].iter().position(|word| word.is("in"))? + 1;
    let until = from + part[from..].iter().position(|word| word.is("loop"))?;
    Some(&part[from..until])
}

/// What a query does whose answer only the block's language takes: a text, or a statement that gives rows back.
fn asked(query: &[Word<'_>], words: &[Word<'_>], made: &mut Made) -> Vec<Act> {
    match query.first() {
        Some(first) if first.is("execute") => {
            let found = texts::run(Engine::Postgres, &query[1..], words, made);
            found.into_iter().map(|what| Act::at(first.offset, what)).collect()
        }
        _ => rows::acts(Engine::Postgres, query, made),
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
