//! What the words of a file say without its being run: what its session keeps, what it changes, where its own transactions
//! begin and end.

use super::super::statements::bare;
use super::{Engine, Statement};

/// The first word, in lower case.
pub(super) fn head(sql: &str) -> String {
    first(sql).to_ascii_lowercase()
}

/// The first word as it is written; in a conditional comment of MySQL's, that of what it holds.
pub(super) fn first(sql: &str) -> &str {
    let inside = sql.strip_prefix("/*!").or_else(|| sql.strip_prefix("/*M!"));
    let sql = inside.map_or(sql, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start());
    let sql = sql.trim_start_matches(['(', ' ']);
    &sql[..sql.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()]
}

/// A few of a statement's first characters, on one line.
pub(super) fn beginning(sql: &str) -> String {
    let line = sql.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(60).collect();
    if cut.len() < sql.trim_end().len() { format!("{cut}…") } else { cut }
}

/// How much of a statement is read for what kind it is: an insert may hold megabytes.
const HEAD: usize = 4000;

/// The words outside quotes and comments that a statement begins with, in lower case.
pub(super) fn words(engine: Engine, sql: &str) -> Vec<String> {
    all_words(engine, &sql[..sql.floor_char_boundary(HEAD)])
}

pub(super) fn all_words(engine: Engine, sql: &str) -> Vec<String> {
    let text = bare(engine, sql).to_lowercase();
    parts(&text).map(str::to_owned).collect()
}

/// What names and numbers of a text are made of, whatever stands between.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Whether a file leaves something that a session keeps, or asks for what a session remembers of files before it. When in
/// doubt it does: that costs a new session, and nothing else.
pub(super) fn keeps(engine: Engine, sql: &str) -> bool {
    let statements = super::super::statements(engine, sql);
    // Mostly none of the words is there at all, and the text need not be read for where its quotes are.
    let lower = sql.to_ascii_lowercase();
    let text = std::cell::OnceCell::new();
    let bare = || text.get_or_init(|| bare(engine, &lower));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let has = |word: &&str| lower.contains(*word) && bare().split(|c| !is_word(c)).any(|w| w == *word);
    let mentions = |words: &[&str]| words.iter().any(has);
    let begins = |heads: &[&str]| statements.iter().any(|s| heads.contains(&head(s.sql).as_str()));
    let of_logins = || statements.iter().any(|s| is_of_logins(engine, s.sql));
    match engine {
        Engine::Postgres => {
            let settings = statements.iter().any(|s| {
                head(s.sql) == "set"
                    && !s.sql.split_whitespace().nth(1).is_some_and(|word| {
                        ["local", "constraints", "transaction"].iter().any(|w| word.eq_ignore_ascii_case(w))
                    })
            });
            let heads = [
                "reset",
                "discard",
                "prepare",
                "execute",
                "deallocate",
                "declare",
                "fetch",
                "close",
                "move",
                "listen",
                "unlisten",
                "load",
                "do",
                "call",
            ];
            of_logins()
                || settings
                || begins(&heads)
                || mentions(&["temp", "temporary", "pg_temp", "set_config", "lastval", "currval"])
                || lower.contains("advisory")
        }
        Engine::Mysql => {
            let plain = [
                "alter", "analyze", "check", "create", "delete", "drop", "explain", "grant", "insert", "optimize",
                "rename", "repair", "replace", "revoke", "select", "show", "truncate", "update", "values", "with",
            ];
            statements.iter().any(|s| s.sql.starts_with("/*") || !plain.contains(&head(s.sql).as_str()))
                || mentions(&[
                    "temporary",
                    "get_lock",
                    "release_lock",
                    "release_all_locks",
                    "last_insert_id",
                    "row_count",
                    "found_rows",
                    "connection_id",
                    "lastval",
                    "setval",
                    "nextval",
                ])
                || (lower.contains('@') && bare().contains('@'))
                || of_logins()
        }
        Engine::Sqlite => {
            begins(&["pragma", "attach", "detach"])
                || mentions(&["temp", "temporary", "load_extension", "last_insert_rowid", "changes", "total_changes"])
        }
    }
}

/// Whether a file writes rows where a trigger may set what the session then keeps: PostgreSQL's sessions are asked what was set in
/// them, and SQLite's triggers can set nothing.
pub(super) fn may_set_off(engine: Engine, sql: &str) -> bool {
    let writes = |sql: &str| matches!(head(sql).as_str(), "insert" | "update" | "delete" | "replace" | "load" | "with");
    engine == Engine::Mysql && super::super::statements(engine, sql).iter().any(|statement| writes(statement.sql))
}

/// Whether a statement says something of who may come in, and how, whoever that is.
fn is_of_logins(engine: Engine, sql: &str) -> bool {
    let is_any = |word: &str, any: &[&str]| any.contains(&word);
    let head = head(sql);
    match engine {
        Engine::Postgres if is_any(&head, &["alter", "grant", "revoke"]) => {
            let words = words(engine, sql);
            let of = words.get(1).is_some_and(|word| is_any(word, &["role", "user", "database", "system", "group"]));
            if head == "alter" { of } else { words.iter().any(|word| word == "database") }
        }
        Engine::Mysql if is_any(&head, &["alter", "drop", "rename"]) => {
            words(engine, sql).get(1).is_some_and(|word| is_any(word, &["user", "role"]))
        }
        Engine::Mysql => head == "revoke",
        Engine::Postgres | Engine::Sqlite => false,
    }
}

/// Settings and questions. A question may call what changes something; that is what `call` is for, and nobody's habit.
pub(super) fn changes_nothing(sql: &str) -> bool {
    matches!(
        head(sql).as_str(),
        "do" | "set"
            | "reset"
            | "select"
            | "show"
            | "pragma"
            | "begin"
            | "start"
            | "rollback"
            | "use"
            | "lock"
            | "unlock"
            | "listen"
            | "prepare"
            | "deallocate"
            | "declare"
            | "explain"
            | "help"
            | "desc"
            | "describe"
    )
}

/// The statement (from 0) to go on at when what comes after these has failed and its transaction is taken back: where the
/// open one began. `None` when none was open.
pub(super) fn resumes(engine: Engine, before: &[Statement<'_>]) -> Option<usize> {
    let mut open = None;
    // MySQL: every statement begins one by itself, until a commit.
    let mut chained = false;
    // SQLite: by their names, the newest last.
    let mut saved: Vec<String> = Vec::new();
    let mut is_by_savepoint = false;
    for (index, statement) in before.iter().enumerate() {
        match control(engine, statement.sql) {
            Control::Begin => open = Some(index),
            Control::End => {
                open = None;
                saved.clear();
            }
            Control::Savepoint(name) => {
                is_by_savepoint = open.is_none() || is_by_savepoint && !saved.is_empty();
                open = open.or(Some(index));
                saved.push(name);
            }
            // The newest of that name, and all that came after it.
            Control::Release(name) => {
                saved.truncate(saved.iter().rposition(|other| *other == name).unwrap_or(saved.len()));
                if is_by_savepoint && saved.is_empty() {
                    open = None;
                }
            }
            Control::Chain(on) => (chained, open) = (on, None),
            Control::Implied => open = None,
            Control::None if chained && !changes_nothing(statement.sql) => open = open.or(Some(index)),
            Control::None => {}
        }
    }
    open
}

enum Control {
    None,
    Begin,
    End,
    /// SQLite: outside a transaction a savepoint begins one, which its release ends.
    Savepoint(String),
    Release(String),
    /// `set autocommit`: whether transactions begin by themselves from here on.
    Chain(bool),
    /// MySQL: what commits before it runs.
    Implied,
}

fn control(engine: Engine, sql: &str) -> Control {
    let words = words(engine, sql);
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    match (word(0), word(1)) {
        ("begin", "not") if engine == Engine::Mysql => Control::None,
        ("begin", _) => Control::Begin,
        ("start", "transaction") => Control::Begin,
        ("commit" | "abort", _) => Control::End,
        ("rollback", _) if !words.iter().any(|w| w == "to") => Control::End,
        ("end", _) if engine != Engine::Mysql => Control::End,
        ("savepoint", _) if engine == Engine::Sqlite => Control::Savepoint(saved_as(sql)),
        ("release", _) if engine == Engine::Sqlite => Control::Release(saved_as(sql)),
        ("set", _) if engine == Engine::Mysql => match words.iter().rposition(|w| w == "autocommit") {
            Some(at) => Control::Chain(matches!(word(at + 1), "0" | "off" | "false")),
            None => Control::None,
        },
        (
            "alter" | "create" | "drop" | "rename" | "truncate" | "lock" | "unlock" | "grant" | "revoke" | "analyze"
            | "optimize",
            second,
        ) if engine == Engine::Mysql && second != "temporary" => Control::Implied,
        _ => Control::None,
    }
}

/// Words, quoted names and dots of a statement, in lower case and without their quotes.
pub(super) fn names(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = sql.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let rest = &sql[start + c.len_utf8()..];
        let close = match c {
            '"' | '`' | '\'' => Some(c),
            '[' => Some(']'),
            _ => None,
        };
        let length = if rest.starts_with('-') && c == '-' {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with('*') && c == '/' {
            Some(rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if let Some(close) = close {
            let end = rest.find(close).unwrap_or(rest.len());
            found.push(rest[..end].to_lowercase());
            Some((end + 1).min(rest.len()))
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(sql[start..start + c.len_utf8() + end].to_lowercase());
            Some(end)
        } else {
            if c == '.' {
                found.push(".".to_owned());
            }
            None
        };
        let until = start + c.len_utf8() + length.unwrap_or(0);
        while chars.peek().is_some_and(|(at, _)| *at < until) {
            chars.next();
        }
    }
    found
}

/// The name of a savepoint of SQLite's: the last word, whatever it is quoted with.
fn saved_as(sql: &str) -> String {
    names(sql).pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::statements;

    #[test]
    fn names_are_read_whatever_they_are_quoted_with() {
        assert_eq!(
            names("drop table -- x\n if exists main.\"Old One\""),
            ["drop", "table", "if", "exists", "main", ".", "old one"]
        );
        assert_eq!(names("alter table [a]/* ; */rename to `b`"), ["alter", "table", "a", "rename", "to", "b"]);
    }

    #[test]
    fn a_session_is_made_new_for_what_it_keeps_and_for_nothing_else() {
        for (engine, sql) in [
            (Engine::Postgres, "create temp table a (id int)"),
            (Engine::Postgres, "set search_path = app"),
            (Engine::Postgres, "select set_config('a.b', 'c', false)"),
            (Engine::Postgres, "alter role app set search_path = x"),
            (Engine::Postgres, "revoke connect on database d from public"),
            (Engine::Mysql, "alter user app account lock"),
            (Engine::Postgres, "select pg_advisory_lock(1)"),
            (Engine::Postgres, "do $$ begin set role x; end $$"),
            (Engine::Mysql, "create temporary table a (id int)"),
            (Engine::Mysql, "insert into a values (last_insert_id())"),
            (Engine::Mysql, "select @a := 1"),
            (Engine::Mysql, "use other"),
            (Engine::Mysql, "/*!40101 set names latin1 */"),
            (Engine::Sqlite, "pragma foreign_keys = off"),
            (Engine::Sqlite, "create temp trigger t after insert on a begin select 1; end"),
        ] {
            assert!(keeps(engine, sql), "{engine} {sql}");
        }
        for (engine, sql) in [
            (
                Engine::Postgres,
                "update a set b = 'set local temp'; set local lock_timeout = 0; alter table a alter b set not null",
            ),
            (
                Engine::Mysql,
                "insert into a values ('ada@example.com'); update a set b = 1; alter table a add c int -- @x",
            ),
            (Engine::Sqlite, "create table a (temp_c int); insert into a values ('temp')"),
        ] {
            assert!(!keeps(engine, sql), "{engine} {sql}");
        }
    }

    #[test]
    fn a_file_goes_on_where_its_open_transaction_began() {
        let next = |engine, sql: &str| resumes(engine, &statements(engine, sql));
        assert_eq!(next(Engine::Postgres, "select 1; begin; insert into a values (1)"), Some(1));
        assert_eq!(next(Engine::Postgres, "begin; insert into a values (1); end; select 1"), None);
        assert_eq!(next(Engine::Sqlite, "begin; savepoint s; rollback to s; select 1"), Some(0));
        assert_eq!(next(Engine::Sqlite, "begin; savepoint s; release s; select 1"), Some(0));
        assert_eq!(next(Engine::Sqlite, "savepoint s; savepoint t; release S; select 1"), None);
        assert_eq!(next(Engine::Sqlite, "select 1; savepoint \"a b\"; savepoint c; release [c]"), Some(1));
        assert_eq!(next(Engine::Sqlite, "savepoint s; savepoint s; release savepoint s"), Some(0));
        assert_eq!(next(Engine::Sqlite, "savepoint s; release s; savepoint 't'; release t; begin; commit"), None);
        assert_eq!(next(Engine::Mysql, "start transaction; insert into a values (1); create table b (id int)"), None);
        assert_eq!(
            next(
                Engine::Mysql,
                "set autocommit = 0; insert into a values (1); commit; set @a = 1; insert into a values (2)"
            ),
            Some(4)
        );
        assert_eq!(
            next(
                Engine::Mysql,
                "set autocommit = 0; insert into a values (1); set @old = @@autocommit, autocommit = 1"
            ),
            None
        );
    }
}
