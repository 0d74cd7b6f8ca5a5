//! What is refused before anything is touched: it would mean another thing here than in the engine's own program, or tear the
//! ledger's entry from what it tells of.

use std::ops::Range;

use super::barring::bars;
use super::words::{all_words, head, parts, resumes, words};
use super::{Category, Engine, Failure, Statement, numbered};
use crate::engine::acts::CLIENT_COMMANDS;
use crate::engine::sqlite::{self, Reach};
use crate::engine::statements::{bare, bare_without_escapes};
use crate::engine::{position, statements};

/// Why, and what to write instead.
struct Refusal {
    what: String,
    why: &'static str,
    instead: &'static str,
}

/// Refuses a file that cannot be run as it is meant. `alone`: it asks for no transaction around it.
pub(crate) fn refuse(engine: Engine, sql: &str, alone: bool) -> Result<(), Failure> {
    let found = statements(engine, sql);
    for (index, statement) in found.iter().enumerate() {
        if engine == Engine::Sqlite {
            stays(sql, statement.offset..statement.until).map_err(|f| numbered(f, index, found.len()))?;
        }
        let refusal = match engine {
            Engine::Postgres => postgres(statement),
            Engine::Mysql => mysql(statement),
            Engine::Sqlite => None,
        };
        let refusal = refusal.or_else(|| bars(engine, statement).then(another_password));
        let refusal = refusal.or_else(|| chain(engine, statement));
        let refusal = refusal.or_else(|| if alone { None } else { transaction(engine, statement) });
        if let Some(refusal) = refusal {
            return Err(numbered(refused_at(refusal, (statement.line, statement.column)), index, found.len()));
        }
    }
    // Whatever is taken for a statement here: SQLite takes the file apart by itself.
    if engine == Engine::Sqlite {
        stays(sql, 0..sql.len())?;
    }
    // On PostgreSQL what ends the file ends its savepoints, as its program does.
    let ends_open = if alone || engine != Engine::Postgres { resumes(engine, &found) } else { None };
    if let Some(open) = ends_open.map(|index| &found[index]) {
        let is_savepoint = head(open.sql) == "savepoint";
        let refusal = Refusal {
            what: if is_savepoint {
                "a savepoint is set here and never released".into()
            } else {
                "a transaction is begun here and never ended".into()
            },
            why: "at the end of the file it would be taken back, and what was done in it with it",
            instead: if is_savepoint { "release it: release NAME;" } else { "end it with: commit;" },
        };
        return Err(refused_at(refusal, (open.line, open.column)));
    }
    match client_line(engine, sql) {
        Some(at) => Err(refused_at(client(&sql[at..]), position(sql, at))),
        None => Ok(()),
    }
}

fn refused_at(refusal: Refusal, place: (u32, u32)) -> Failure {
    Failure::new(Category::Syntax, refusal.what).detail(refusal.why).hint(refusal.instead).at(place)
}

/// What a part of a file of SQLite's does is done to its tenant's own file.
fn stays(sql: &str, part: Range<usize>) -> Result<(), Failure> {
    match sqlite::reaches(&sql[part.clone()]) {
        Some(Reach { what, why, instead, offset, .. }) => {
            Err(refused_at(Refusal { what, why, instead }, position(sql, part.start + offset)))
        }
        None => Ok(()),
    }
}

/// A script that begins or commits by itself would tear the ledger's row from what it tells of.
fn transaction(engine: Engine, statement: &Statement<'_>) -> Option<Refusal> {
    let words = words(engine, statement.sql);
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    let is_control = match (word(0), word(1)) {
        // A block of MariaDB's, which ends in itself.
        ("begin", "not") if engine == Engine::Mysql => false,
        ("begin" | "commit" | "abort", _) | ("start", "transaction") => true,
        ("xa", what) => engine == Engine::Mysql && what != "recover",
        ("vacuum", _) => engine == Engine::Sqlite,
        // To a savepoint stays within the transaction.
        ("rollback", _) => !words.iter().any(|w| w == "to"),
        ("end", _) => engine != Engine::Mysql,
        ("prepare", "transaction") => engine == Engine::Postgres,
        _ => false,
    };
    is_control.then(|| Refusal {
        what: format!("{} in a migration", word(0).to_ascii_uppercase()),
        why: "each migration runs in a transaction of its own, together with its row in the ledger",
        instead: "leave it out; or make the file's first line: -- neo: no-transaction",
    })
}

/// What goes on in another transaction at once could not be gone on with where it stopped.
fn chain(engine: Engine, statement: &Statement<'_>) -> Option<Refusal> {
    let words = words(engine, statement.sql);
    let ends = words.first().is_some_and(|word| matches!(word.as_str(), "commit" | "rollback" | "end" | "abort"));
    let is_chained = words.windows(2).any(|pair| pair == ["and", "chain"]);
    (ends && is_chained).then(|| Refusal {
        what: format!("{} and chain", words[0]),
        why: "where such a file is stopped, its transaction could not be begun again",
        instead: "end the one, and begin the next: commit; begin;",
    })
}

fn postgres(statement: &Statement<'_>) -> Option<Refusal> {
    let is_copy = head(statement.sql) == "copy";
    let words =
        if is_copy { all_words(Engine::Postgres, statement.sql) } else { words(Engine::Postgres, statement.sql) };
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    let follows = |a: &str, b: &[&str]| words.windows(2).any(|pair| pair[0] == a && b.contains(&pair[1].as_str()));
    let value = || {
        let text = statement.sql.to_lowercase();
        text.rsplit(['=', ' ', '\t', '\n']).next().unwrap_or_default().trim_matches(['\'', '"', ';', ')']).to_owned()
    };
    if word(0) == "copy" && (follows("from", &["stdin"]) || follows("to", &["stdout"])) {
        let from = follows("from", &["stdin"]);
        return Some(Refusal {
            what: format!("copy {}", if from { "from stdin" } else { "to stdout" }),
            why: "its rows go to or come from the client's own input, which a migration has none of",
            instead: if from {
                "write the rows as insert … values, as pg_dump does where it is asked for inserts"
            } else {
                "leave it out"
            },
        });
    }
    let sets = word(0) == "set" || word(0) == "select";
    if sets && words.iter().any(|w| w == "client_encoding") || (word(0) == "set" && word(1) == "names") {
        return (!matches!(value().as_str(), "utf8" | "utf-8" | "unicode" | "default")).then(|| Refusal {
            what: "another client_encoding than UTF8".into(),
            why: "a migration's file is UTF-8, and is sent as that",
            instead: "leave it out, and write the file in UTF-8",
        });
    }
    reads_texts_otherwise(statement.sql).then(|| Refusal {
        what: "standard_conforming_strings = off".into(),
        why: "it changes where a text ends, in the middle of the file",
        instead: "write texts with backslashes as E'…'",
    })
}

/// Whether a statement sets `standard_conforming_strings` to anything but on: by `set`, a function that does, a block, or for the next
/// sessions of a role or a database. A routine that has it for itself changes nothing but its own.
fn reads_texts_otherwise(sql: &str) -> bool {
    const NAME: &str = "standard_conforming_strings";
    let words = words(Engine::Postgres, sql);
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    let is_for_later = word(0) == "alter" && matches!(word(1), "role" | "user" | "database" | "system");
    if !is_for_later && !matches!(word(0), "set" | "select" | "with" | "do" | "values" | "call") {
        return false;
    }
    let text = sql.to_lowercase();
    text.match_indices(NAME).any(|(at, _)| {
        let before = parts(&text[..at]).last();
        let is_set = before.is_some_and(|word| ["set", "local", "session", "set_config"].contains(&word));
        let value = parts(&text[at + NAME.len()..]).find(|part| *part != "to");
        is_set && !value.is_some_and(|value| ["on", "true", "yes", "1", "default"].contains(&value))
    })
}

fn mysql(statement: &Statement<'_>) -> Option<Refusal> {
    let words = words(Engine::Mysql, statement.sql);
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    if word(0) == "load" && words.iter().take(4).any(|w| w == "local") {
        return Some(Refusal {
            what: "load data local".into(),
            why: "it reads a file of the client's machine",
            instead: "write the rows as insert … values",
        });
    }
    (word(0) == "delimiter" || CLIENT_COMMANDS.contains(&word(0))).then(|| client(statement.sql))
}

fn another_password() -> Refusal {
    Refusal {
        what: "it changes how the tenant's own login signs in".into(),
        why: "the tenant's application comes in by it, and Neo: both would be shut out",
        instead: "leave it out; whoever looks after the tenant renews its password, and its application is told",
    }
}

fn client(sql: &str) -> Refusal {
    let word = sql.split_whitespace().next().unwrap_or_default();
    let of_dumps = matches!(word, "\\restrict" | "\\unrestrict");
    Refusal {
        what: format!("{} is a command of the engine's own program", word.chars().take(40).collect::<String>()),
        why: "no server understands it",
        instead: if of_dumps {
            "take out the lines with \\restrict and \\unrestrict: pg_dump writes them for psql alone"
        } else {
            "leave it out, or write what it does in SQL"
        },
    }
}

/// Where a command of the client's begins: a backslash (psql, mariadb) outside quotes, a dot at the head of a statement (sqlite3).
fn client_line(engine: Engine, sql: &str) -> Option<usize> {
    match engine {
        Engine::Postgres | Engine::Mysql if !sql.contains('\\') => None,
        Engine::Postgres => bare(engine, sql).find('\\'),
        // Whether a backslash ends no text, the server's settings say: it has to stand outside quotes either way.
        Engine::Mysql => bare(engine, sql).find('\\').filter(|_| bare_without_escapes(sql).contains('\\')),
        Engine::Sqlite => {
            let dot = statements(engine, sql).iter().find(|s| s.sql.starts_with('.')).map(|s| s.offset);
            // To the sqlite3 program such a line ends a statement.
            let mut at = 0;
            let go = bare(engine, sql).split_inclusive('\n').find_map(|line| {
                let start = at;
                at += line.len();
                let word = line.trim();
                (word == "/" || word.eq_ignore_ascii_case("go")).then_some(start)
            });
            dot.or(go)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_shuts_nobody_out_who_comes_in_by_the_tenants_login() {
        for (engine, refused) in [
            (Engine::Postgres, "alter role current_user password 'x';"),
            (Engine::Postgres, "ALTER USER session_user WITH nologin;"),
            (Engine::Postgres, "alter role current_role valid until '2020-01-01'"),
            (Engine::Postgres, "alter role current_user set default_transaction_read_only = on"),
            (Engine::Postgres, "alter role current_user in database d set role to reader"),
            (Engine::Postgres, "alter database \"My One\" with allow_connections false"),
            (Engine::Postgres, "alter database d connection limit 0"),
            (Engine::Postgres, "alter role current_user set local_preload_libraries = 'x'"),
            (Engine::Postgres, "alter database d set default_transaction_read_only to on"),
            (Engine::Postgres, "do $$ begin execute 'alter role current_user password ''x'''; end $$"),
            (Engine::Postgres, "do $x$ begin alter user current_user nologin; end $x$"),
            (Engine::Mysql, "set password = password('x');"),
            (Engine::Mysql, "set password for current_user() = password('x');"),
            (Engine::Mysql, "alter user if exists current_user() identified by 'x';"),
            (Engine::Mysql, "alter user current_user account lock"),
            (Engine::Mysql, "/*!50700 set password = password('x') */"),
            (Engine::Mysql, "/*! set password = password('x') */;"),
            (Engine::Mysql, "execute immediate 'set password = password(''x'')'"),
            (Engine::Mysql, "create event e on schedule every 1 day do set password = password('x')"),
            (
                Engine::Mysql,
                "create or replace event e on schedule every 1 day do begin select 1; alter user current_user() account lock; end",
            ),
            (Engine::Mysql, "prepare p from \"alter user current_user() identified by 'x'\""),
        ] {
            assert!(refuse(engine, refused, false).is_err(), "{refused}");
        }
        for (engine, taken) in [
            (Engine::Postgres, "alter role current_user set search_path = app"),
            (Engine::Postgres, "alter role current_user set default_transaction_read_only = off"),
            (Engine::Postgres, "alter role reader password 'x'"),
            (Engine::Postgres, "alter database d set search_path = app"),
            (Engine::Postgres, "alter database d connection limit 100"),
            (
                Engine::Postgres,
                "do $$ begin alter role current_user set search_path = app; update users set password = 'x'; end $$",
            ),
            (Engine::Postgres, "alter table users alter column password drop not null"),
            (
                Engine::Postgres,
                "do $$ begin alter role current_user set search_path = app; alter table t add password text; end $$",
            ),
            (Engine::Mysql, "set password for reader = password('x')"),
            (Engine::Mysql, "create event e on schedule every 1 day do update users set password = 'x'"),
            (Engine::Mysql, "alter user reader identified by 'x'"),
            (Engine::Mysql, "update users set password = 'x' where id = 1"),
            (Engine::Mysql, "execute immediate 'update users set password = 1 where id = 2'"),
        ] {
            assert!(refuse(engine, taken, false).is_ok(), "{taken}");
        }
    }

    #[test]
    fn however_it_is_set_a_text_ends_where_the_file_was_cut() {
        for refused in [
            "set standard_conforming_strings = off",
            "SET SESSION standard_conforming_strings TO 'off'",
            "select set_config('standard_conforming_strings', 'off', false)",
            "do $$ begin perform set_config('standard_conforming_strings', 'off', false); end $$",
            "alter role current_user set standard_conforming_strings = off",
        ] {
            assert!(refuse(Engine::Postgres, refused, false).is_err(), "{refused}");
        }
        for taken in [
            "SET standard_conforming_strings = on",
            "select pg_catalog.set_config('standard_conforming_strings', 'on', false)",
            "select current_setting('standard_conforming_strings')",
            "select name from pg_settings where name = 'standard_conforming_strings'",
            "alter function f() set standard_conforming_strings = off",
            "insert into notes values ('standard_conforming_strings = off')",
        ] {
            assert!(refuse(Engine::Postgres, taken, false).is_ok(), "{taken}");
        }
    }

    #[test]
    fn what_a_savepoint_holds_is_not_left_to_the_end_of_the_file() {
        for alone in [false, true] {
            let refused =
                refuse(Engine::Sqlite, "insert into t values (1);\n savepoint a; insert into t values (2)", alone);
            let failure = refused.err();
            assert_eq!(failure.as_ref().and_then(|f| f.line.zip(f.column)), Some((2, 2)), "{failure:?}");
            assert!(failure.is_some_and(|f| f.message.contains("savepoint") && f.statement.is_none()));
            for whole in [
                "savepoint a; insert into t values (2); release a;",
                "savepoint a; rollback to a; release savepoint A",
                "create trigger r after insert on t begin insert into u values ('savepoint a;'); end",
            ] {
                assert!(refuse(Engine::Sqlite, whole, alone).is_ok(), "{whole}");
            }
        }
        assert!(refuse(Engine::Sqlite, "begin; savepoint a; insert into t values (2); commit;", true).is_ok());
        assert!(refuse(Engine::Postgres, "savepoint a; insert into t values (2)", false).is_ok());
    }

    #[test]
    fn who_brings_a_dump_is_told_what_to_take_out() {
        for (sql, way) in [
            ("\\restrict abc\nselect 1;", "take out the lines with \\restrict and \\unrestrict"),
            ("copy t (a) from stdin;", "as pg_dump does where it is asked for inserts"),
            ("\\connect other", "leave it out"),
        ] {
            let refused = refuse(Engine::Postgres, sql, false).err().and_then(|failure| failure.hint);
            assert!(refused.is_some_and(|hint| hint.command().contains(way)), "{sql}");
        }
        let sandbox = "/*M!999999\\- enable the sandbox mode */ \n/*!40101 set names utf8mb4 */;";
        assert!(refuse(Engine::Mysql, sandbox, false).is_ok());
    }
}
