//! What a session has to be told again before a file is continued in it: what was set for the statements to come, if its value
//! cannot be another by now. What has left more behind than that keeps a file from being continued.

use super::super::statements::bare;
use super::words::{all_words, head, keeps, parts, words};
use super::{Engine, Statement};

/// What a session remembers of the statements before.
pub(super) fn remembered(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Postgres => &["lastval", "currval"],
        Engine::Mysql => &["last_insert_id", "row_count", "found_rows", "lastval", "identity"],
        Engine::Sqlite => &["last_insert_rowid", "changes", "total_changes"],
    }
}

/// Whoever is asked for them gets another answer each time, and they need no brackets.
const OF_THE_MOMENT: [&str; 10] = [
    "select",
    "current_timestamp",
    "current_time",
    "current_date",
    "localtime",
    "localtimestamp",
    "utc_timestamp",
    "utc_time",
    "utc_date",
    "sysdate",
];

/// Of the statements before the one that a file is continued at: those that only set something for what comes after, to be
/// said again. `Err` is one (from 0) whose trace in the session cannot be made again. `reads`: what is called after it reads
/// variables, whatever the text says.
pub(super) fn settings<'a>(
    engine: Engine,
    before: &[Statement<'a>],
    after: &str,
    reads: bool,
) -> Result<Vec<Statement<'a>>, usize> {
    let remembered = remembered(engine);
    let mut words_after = all_words(engine, after);
    let is_dynamic = words_after.iter().any(|word| matches!(word.as_str(), "execute" | "prepare"));
    if is_dynamic {
        // What is run stands in a quote.
        let text = after.to_lowercase();
        words_after.extend(parts(&text).map(str::to_owned));
    }
    if !before.is_empty() && words_after.iter().any(|w| remembered.contains(&w.as_str())) {
        return Err(before.len() - 1);
    }
    let reads_variables = engine == Engine::Mysql
        && (reads || reads_variables(&bare(engine, after)) || is_dynamic && after.contains('@'));
    let mut found = Vec::new();
    for (index, statement) in before.iter().enumerate() {
        let (words, head) = (words(engine, statement.sql), head(statement.sql));
        let has = |any: &[&str]| words.iter().any(|w| any.contains(&w.as_str()));
        if may_leave_anything(engine, &head, statement.sql, reads_variables) {
            return Err(index);
        }
        if !keeps(engine, statement.sql) {
            continue;
        }
        match head.as_str() {
            "set" | "pragma" | "use" | "reset" => {
                // A value that is worked out, or remembered, may be another by now.
                let text = bare(engine, statement.sql).to_lowercase();
                let is_worked_out = head == "set" && (calls(&text, &WORKED_OUT) || reads_what_moves(&text));
                let is_counted = has(&["next", "previous"]) && has(&["value"]);
                // Taken by the next row that is written, or random number, and not there any more.
                let is_taken = has(&["insert_id", "rand_seed1", "rand_seed2"]);
                if is_worked_out || is_counted || is_taken || has(&OF_THE_MOMENT) || has(remembered) {
                    return Err(index);
                }
                found.push(statement.clone());
            }
            // Ended, or taken back with what was begun; or in the tables.
            "begin" | "start" | "commit" | "rollback" | "end" | "do" | "call" | "unlock" | "deallocate" | "close"
            | "unlisten" | "listen" | "notify" | "discard" | "flush" | "checksum" | "check" | "analyze" | "explain"
            | "help" | "show" | "optimize" | "repair" | "kill" => {}
            "select"
                if has(&["release_lock", "release_all_locks", "nextval"])
                    && !has(&["get_lock", "into"])
                    && !statement.sql.contains('@') => {}
            "create" | "alter" | "drop" | "insert" | "update" | "delete" | "replace" | "with"
                if !has(&["temp", "temporary", "set_config"]) && !statement.sql.contains(":=") => {}
            _ => return Err(index),
        }
    }
    Ok(found)
}

/// The last of these statements (from 0) that a session remembers something of.
pub(super) fn leaves_a_memory(before: &[Statement<'_>]) -> Option<usize> {
    const HEADS: [&str; 10] =
        ["insert", "replace", "update", "delete", "with", "load", "select", "call", "do", "execute"];
    before.iter().rposition(|statement| HEADS.contains(&head(statement.sql).as_str()))
}

/// Whether a statement runs what is written elsewhere (a routine), or in itself, and that may have left in the session what the rest
/// of the file sees.
fn may_leave_anything(engine: Engine, head: &str, sql: &str, reads_variables: bool) -> bool {
    match engine {
        // A routine may set a variable; what it sets of the server's own is set back, but for what a block itself says.
        Engine::Mysql => match head {
            "call" | "do" => reads_variables,
            "begin" if words(engine, sql).get(1).is_some_and(|word| word == "not") => {
                let text = bare(engine, sql).to_lowercase();
                reads_variables || ["session", "@@", "names", "temporary"].iter().any(|word| text.contains(word))
            }
            "select" => reads_variables && asks_a_routine(&bare(engine, sql).to_lowercase()),
            _ => false,
        },
        Engine::Postgres => match head {
            "call" => true,
            // Its text is a quote.
            "do" => {
                let text = sql.to_lowercase();
                let kept = ["set_config", "temp", "prepare", "listen", "advisory", "perform", "call"];
                kept.iter().any(|word| text.contains(word)) || text.split(';').any(sets)
            }
            "select" => asks_a_routine(&bare(engine, sql).to_lowercase()),
            _ => false,
        },
        Engine::Sqlite => false,
    }
}

/// Whether a statement in the text of a block sets something else than a column.
pub(super) fn sets(statement: &str) -> bool {
    let words: Vec<_> = parts(statement).collect();
    let has = |word: &str| words.contains(&word);
    (has("set") || has("reset")) && !has("update") && !has("alter") && !has("on")
}

/// Answers the same to the same.
const WORKED_OUT: [&str; 11] =
    ["concat", "concat_ws", "replace", "trim", "if", "ifnull", "nullif", "coalesce", "cast", "lower", "upper"];

/// Whether a question calls what is not known to leave nothing.
fn asks_a_routine(text: &str) -> bool {
    let harmless = [
        "setval", "nextval", "count", "max", "min", "sum", "avg", "now", "exists", "in", "any", "all", "values",
        "length", "select", "from", "sleep",
    ];
    calls(text, &[&WORKED_OUT[..], &harmless[..]].concat())
}

/// Whether a text without its quotes calls something else than these, and what PostgreSQL brings along.
fn calls(text: &str, known: &[&str]) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices('(').any(|(at, _)| {
        let before = text[..at].trim_end();
        let name = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        !name.is_empty() && !known.contains(&name) && !name.starts_with("pg_")
    })
}

/// Settings of the server's that stay as they were set. Others tell of the moment: the time, what was last done, what was counted.
const STAYING: [&str; 22] = [
    "sql_mode",
    "foreign_key_checks",
    "unique_checks",
    "check_constraint_checks",
    "sql_notes",
    "sql_safe_updates",
    "sql_quote_show_create",
    "time_zone",
    "character_set_client",
    "character_set_results",
    "character_set_connection",
    "character_set_database",
    "collation_connection",
    "collation_database",
    "autocommit",
    "tx_isolation",
    "transaction_isolation",
    "max_statement_time",
    "lock_wait_timeout",
    "innodb_lock_wait_timeout",
    "group_concat_max_len",
    "old_mode",
];

/// Whether a text without its quotes asks for something of the server's that may be another by now.
fn reads_what_moves(text: &str) -> bool {
    text.split("@@").skip(1).any(|rest| {
        let rest = ["session.", "local.", "global."].iter().find_map(|of| rest.strip_prefix(of)).unwrap_or(rest);
        let name = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
        let is_set = rest[name.len()..].trim_start().trim_start_matches(':').starts_with('=');
        !is_set && !STAYING.contains(&name)
    })
}

/// Whether a text without its quotes reads a user's variable that it has not set itself.
pub(super) fn reads_variables(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '.';
    let mut set = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        rest = &rest[at + 1..];
        if let Some(own) = rest.strip_prefix('@') {
            // A setting of the server's.
            rest = own;
            continue;
        }
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        rest = &rest[name.len()..];
        let name = name.to_lowercase();
        let next = rest.trim_start();
        if next.starts_with(":=") || next.starts_with('=') {
            set.push(name);
        } else if !set.contains(&name) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::statements;

    fn again(engine: Engine, before: &str, after: &str) -> Result<Vec<String>, usize> {
        let found = settings(engine, &statements(engine, before), after, false)?;
        Ok(found.iter().map(|statement| statement.sql.trim().to_owned()).collect())
    }

    #[test]
    fn what_was_set_to_a_constant_is_said_again() {
        let before =
            "set names latin1; set @old = @@sql_mode, sql_mode = concat(@@sql_mode, ',ANSI'); insert into a values (1)";
        assert_eq!(
            again(Engine::Mysql, before, "set sql_mode = @old").unwrap(),
            ["set names latin1", "set @old = @@sql_mode, sql_mode = concat(@@sql_mode, ',ANSI')"]
        );
        assert_eq!(again(Engine::Postgres, "set search_path = app", "select 1").unwrap(), ["set search_path = app"]);
        assert_eq!(
            again(Engine::Sqlite, "pragma foreign_keys(off)", "select 1").unwrap(),
            ["pragma foreign_keys(off)"]
        );
    }

    #[test]
    fn what_may_be_another_value_by_now_is_not() {
        for set in [
            "set @id = uuid()",
            "set @id = last_insert_id()",
            "set @id = @@last_insert_id",
            "set @id = floor(rand() * 10)",
            "set @at = current_timestamp",
            "set @n = nextval(s)",
            "set @n = (select max(id) from a)",
            "set @n = next value for s",
            "set @n = previous value for s",
            "set @t = @@timestamp",
            "set @t = @@session.rand_seed1 + 1",
            "set @n = mine()",
            "set insert_id = 100",
            "set @@session.rand_seed1 = 4",
        ] {
            assert_eq!(
                again(Engine::Mysql, &format!("insert into a values (1); {set}"), "select @id"),
                Err(1),
                "{set}"
            );
        }
    }

    #[test]
    fn what_a_routine_may_have_left_is_not_made_up() {
        for (engine, before, after) in [
            (Engine::Mysql, "call st()", "insert into a values (@z)"),
            (Engine::Mysql, "set @z = 0; call st()", "insert into a values (@z)"),
            (Engine::Mysql, "select sz()", "insert into a values (@z)"),
            (Engine::Mysql, "call st()", "execute immediate 'insert into a values (@z)'"),
            (Engine::Mysql, "insert into a values (1)", "prepare p from 'select last_insert_id()'; execute p"),
            (Engine::Postgres, "insert into a select set_config('a.b', 'c', false)", "select 1"),
            (Engine::Mysql, "begin not atomic set session sql_mode = 'ANSI'; end", "select 1"),
            (Engine::Postgres, "call st()", "select 1"),
            (Engine::Postgres, "do $$ begin perform set_config('a.b', 'c', false); end $$", "select 1"),
            (Engine::Postgres, "select mine()", "select 1"),
        ] {
            assert!(again(engine, before, after).is_err(), "{before}");
        }
        for (engine, before, after) in [
            (Engine::Mysql, "call st()", "insert into a values (1)"),
            (Engine::Mysql, "call st()", "set @z = 1; insert into a values (@z, 'a@b')"),
            (Engine::Mysql, "select count(*) from (select 1 as a) x", "select @z"),
            (Engine::Postgres, "select setval('s', (select max(id) from a)), pg_sleep(0)", "select 1"),
            (Engine::Postgres, "do $$ begin update a set b = 1; end $$", "select 1"),
        ] {
            assert_eq!(again(engine, before, after), Ok(Vec::new()), "{before}");
        }
    }
}
