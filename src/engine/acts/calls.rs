//! What a statement calls: routines by their names, and functions of PostgreSQL's that take data away.

use super::reading::starts;
use super::words::Word;
use super::{What, plain};
use crate::engine::Engine;

/// The routines that a statement calls, by their names; what is only spoken of is not called.
pub(super) fn calls(engine: Engine, words: &[Word<'_>]) -> Vec<String> {
    let words = run(engine, words);
    let is_called = |n: usize| {
        let mut from = n;
        while from >= 2 && words[from - 1].is(".") {
            from -= 2;
        }
        let before = from.checked_sub(1).map(|before| words[before]);
        let is_behind_call = before.is_some_and(|word| word.is("call"));
        // The columns of a table.
        let is_table = before.is_some_and(|word| word.is_any(&["into", "references", "table"]));
        words[n].is_name() && !is_table && (is_behind_call || words.get(n + 1).is_some_and(|next| next.is("(")))
    };
    // `call s.p`
    let is_schema = |n: usize| words.get(n + 1).is_some_and(|next| next.is("."));
    let name = |n: usize| {
        let mut n = n;
        while is_schema(n) && n + 2 < words.len() {
            n += 2;
        }
        plain(words[n].text)
    };
    (0..words.len()).filter(|n| is_called(*n)).map(name).collect()
}

/// What of a statement is worked out when it is run.
fn run<'a>(engine: Engine, words: &'a [Word<'a>]) -> &'a [Word<'a>] {
    let quiet = ["comment", "drop", "grant", "revoke", "security"];
    match words {
        [] => words,
        [first, ..] if first.is_any(&quiet) => &[],
        // A default, a check and a `using` are worked out for the rows that are there.
        [first, second, ..] if first.is("alter") => match engine == Engine::Postgres && second.is("table") {
            true => words,
            false => &[],
        },
        [first, rest @ ..] if first.is("create") => {
            let is_filled = rest.iter().take(4).any(|word| word.is_any(&["table", "materialized"]));
            let from = rest.iter().position(|word| word.is_any(&["select", "values"]));
            let is_empty = rest.windows(3).any(|some| starts(some, &["with", "no", "data"]));
            from.filter(|_| is_filled && !is_empty).map_or(&[], |from| &rest[from..])
        }
        _ => words,
    }
}

/// Functions of PostgreSQL's that take data away: bound to some of it where the statement has a condition.
pub(super) fn losing(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    let losing = [
        ("lo_unlink", "deletes large objects, and what is in them"),
        ("lo_truncate", "cuts large objects off"),
        ("lo_truncate64", "cuts large objects off"),
        ("lo_put", "writes over what is in large objects"),
        ("lowrite", "writes over what is in large objects"),
        ("dropgeometrycolumn", "drops a column of geometries, and what is in it"),
        ("dropgeometrytable", "drops a table of geometries and its rows"),
        ("drop_chunks", "drops chunks of a hypertable, and the rows in them"),
    ];
    let has = |name: &str| words.windows(2).any(|pair| pair[0].is(name) && pair[1].is("("));
    let (name, does) = losing.into_iter().find(|(name, _)| engine == Engine::Postgres && has(name))?;
    let is_run = calls(engine, words).iter().any(|called| called == name);
    let does = format!("{does} ({name})");
    // What it has made itself just now is nobody's loss.
    let makes = ["lo_creat", "lo_create", "lo_from_bytea", "lo_import"];
    let writes = ["lo_put", "lowrite"].contains(&name);
    if writes && words.iter().any(|word| word.is_any(&makes)) {
        return None;
    }
    let bound = writes || words.iter().any(|word| word.is("where"));
    is_run.then(|| match bound {
        true => What::DropSome { does, table: String::new() },
        false => What::DropRows { does, table: String::new(), partition: None },
    })
}
