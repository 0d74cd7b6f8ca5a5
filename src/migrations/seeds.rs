//! What the files seed, as far as it depends on the day they are run.

use super::Set;
use crate::engine::template::clock_word;
use crate::engine::{self, Engine};

/// Statements that only define: what they say about the clock, a later insert asks.
const DEFINING: [&str; 11] =
    ["create", "alter", "comment", "drop", "grant", "revoke", "set", "truncate", "analyze", "vacuum", "reindex"];

/// The first statement that writes data and asks the clock, in words: its result would be another on another day.
pub fn dated(set: &Set, engine: Engine) -> Option<String> {
    set.on(engine).find_map(|(migration, script)| {
        let statements = engine::statements(engine, &script.up.sql);
        let dated = statements.iter().find_map(|s| Some((s, clock_word(s.sql).filter(|_| writes(s.sql))?)));
        dated.map(|(statement, word)| format!("{}:{} writes what {word} says", migration.label(), statement.line))
    })
}

fn writes(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_ascii_lowercase);
    let first = words.find(|word| !word.is_empty()).unwrap_or_default();
    if !DEFINING.contains(&first.as_str()) {
        return true;
    }
    // `create table … as select …`
    let kind = words.find(|word| !matches!(word.as_str(), "" | "unlogged" | "materialized"));
    first == "create" && matches!(kind.as_deref(), Some("table" | "view")) && !sql_defines_view(sql) && {
        words.any(|word| word == "select")
    }
}

/// A view asks when it is asked; only a materialized one keeps the answer.
fn sql_defines_view(sql: &str) -> bool {
    let head: String = sql.chars().take(60).collect::<String>().to_ascii_lowercase();
    head.contains(" view ") && !head.contains("materialized")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("20260101000001_seed.up.sql"), sql).expect("written");
        dated(&Set::read(folder.path()).expect("a set"), Engine::Postgres)
    }

    #[test]
    fn a_definition_may_speak_of_the_clock_and_a_seed_may_not() {
        for sql in [
            "create table t (id int, made timestamptz default now());\ninsert into t (id) values (1);",
            "create view v as select now();",
            "create or replace function f() returns date language sql as 'select current_date';",
            "-- now()\ninsert into t values (1);",
        ] {
            assert_eq!(of(sql), None, "{sql}");
        }
        let trial = "create table t (ends date);\n\ninsert into t values (current_date + 14);";
        assert_eq!(of(trial).as_deref(), Some("20260101000001_seed:3 writes what current_date says"));
        for sql in [
            "do $$ begin insert into t values (now()); end $$",
            "create table t as select now() as at",
            "create materialized view v as select now()",
            "update t set a = clock_timestamp()",
        ] {
            assert!(of(sql).is_some(), "{sql}");
        }
    }
}
