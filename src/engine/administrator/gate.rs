//! What a statement looks like whatever it is about, and whether such a one is on the list.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::STATEMENTS;
use super::guests::GUESTS;
use super::likeness::LIKENESS;
use super::proofs::PROOFS;
use super::readers::READERS;
use crate::engine::acts::words::{self, Kind};
use crate::engine::{Category, Engine, Failure, statements};

/// A statement as the list has it: blanks and comments are one space, letters outside quotes small; a name in quotes is
/// `{name}`, a text `{text}`, a number `{n}`; texts listed after `in` are one, and a question that is put again after `union all`.
pub fn shape(engine: Engine, sql: &str) -> String {
    let mut shape = String::with_capacity(sql.len());
    let mut end = 0;
    for word in words::of(engine, sql) {
        if word.offset > end && !shape.is_empty() {
            shape.push(' ');
        }
        end = word.end();
        match word.kind {
            Kind::Quoted => shape.push_str("{name}"),
            Kind::Text => shape.push_str("{text}"),
            Kind::Bare if word.text.starts_with(|c: char| c.is_ascii_digit()) => shape.push_str("{n}"),
            Kind::Bare | Kind::Sign => shape.push_str(&word.text.to_lowercase()),
        }
    }
    while let Some(at) = shape.find(" in ({text}, {text}") {
        shape.replace_range(at + " in (".len()..at + " in ({text}, ".len(), "");
    }
    // One question about several is that question.
    let mut asked: Vec<_> = shape.split(" union all ").collect();
    asked.dedup();
    asked.join(" union all ")
}

/// Whether every statement of this text is on the list. One text may hold several.
pub fn is_listed(engine: Engine, sql: &str) -> bool {
    unlisted(engine, sql).is_none()
}

/// The first statement of a text that is not on the list, as it looks there.
fn unlisted(engine: Engine, sql: &str) -> Option<String> {
    static LISTED: LazyLock<HashSet<(Engine, String)>> = LazyLock::new(|| {
        STATEMENTS
            .iter()
            .chain(LIKENESS)
            .chain(PROOFS)
            .chain(READERS)
            .chain(GUESTS)
            .map(|listed| (listed.engine, shape(listed.engine, listed.shape)))
            .collect()
    });
    let shapes = statements(engine, sql).into_iter().map(|statement| shape(engine, statement.sql));
    shapes.map(|shape| (engine, shape)).find(|seen| !LISTED.contains(seen)).map(|(_, shape)| shape)
}

/// What is not on the list is a mistake of ours, and is not run with an administrator's rights.
pub(in crate::engine) fn check(engine: Engine, sql: &str) -> Result<(), Failure> {
    let Some(shape) = unlisted(engine, sql) else { return Ok(()) };
    tracing::error!(%engine, shape, "a statement that is not on the administrator's list was refused");
    Err(Failure::new(Category::Other, "a statement that no administrator's session may run was refused")
        .detail(shape)
        .hint("this is a mistake in Neo: please report it with this text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_the_same_whatever_the_statement_is_about() {
        for (sql, of) in [
            ("DROP  database\n\"a\"\"; x\" with (FORCE) -- b", "drop database {name} with (force)"),
            ("comment on role \"a\" is  E'it\\'s; drop'", "comment on role {name} is {text}"),
            ("select f(12, 'a') from t where n in ('a', 'b', 'c')", "select f({n}, {text}) from t where n in ({text})"),
            ("select f('a') union all select f('b') union all select f('c')", "select f({text})"),
            ("select f('a') union all select g('b')", "select f({text}) union all select g({text})"),
        ] {
            assert_eq!(shape(Engine::Postgres, sql), of);
            assert_eq!(shape(Engine::Postgres, of), of, "a shape is its own");
        }
    }

    #[test]
    fn what_is_listed_is_listed_whole_once_and_with_a_reason() {
        let mut seen = HashSet::new();
        for listed in STATEMENTS.iter().chain(LIKENESS).chain(PROOFS).chain(READERS).chain(GUESTS) {
            assert!(is_listed(listed.engine, listed.shape), "{}", listed.shape);
            assert!(seen.insert((listed.engine, shape(listed.engine, listed.shape))), "twice: {}", listed.shape);
            assert!(listed.why.len() > 20, "{}", listed.shape);
            assert_eq!(statements(listed.engine, listed.shape).len(), 1, "{}", listed.shape);
        }
    }

    #[test]
    fn one_that_is_not_listed_is_refused_wherever_it_stands() {
        let engine = Engine::Postgres;
        assert!(check(engine, "drop role if exists \"a\"; comment on role \"a\" is 'b'").is_ok());
        for sql in [
            "select * from users",
            "drop role if exists a",
            "drop role if exists \"a\"; update \"b\" set c = 'd'",
            "comment on role \"a\" is 'b' /* ; */; select pg_catalog.set_config('role', 'a', false)",
            "drop owned by \"a\" cascade",
        ] {
            assert!(!is_listed(engine, sql), "{sql}");
            let failure = check(engine, sql).expect_err("refused");
            assert_eq!((failure.category, failure.detail.is_some()), (Category::Other, true), "{sql}");
        }
        assert!(!is_listed(Engine::Sqlite, "drop role if exists \"a\""), "of another engine");
    }
}
