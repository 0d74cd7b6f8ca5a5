//! What changes how a tenant's own login signs in: what says so plainly is refused, and where it may be hidden in what is run as a
//! text, whoever has run it proves that the login still comes in.

use super::words::{head, parts, words};
use super::{Engine, Statement};
use crate::engine::acts::words::{Word, of as words_of};

/// The words by which PostgreSQL knows whoever is signed in.
const ONESELF: [&str; 4] = ["current_user", "current_role", "session_user", "user"];
/// What a role has that decides whether it comes in.
const OF_A_LOGIN: [&str; 4] = ["password", "nologin", "valid", "connection"];
/// Settings of a role or a database that its next session cannot do without being another, or cannot begin with.
const OF_ITS_SESSIONS: [&str; 5] = [
    "default_transaction_read_only",
    "role",
    "session_authorization",
    "local_preload_libraries",
    "session_preload_libraries",
];

/// Whether a statement changes how the tenant's own login signs in, as far as it says so.
pub(super) fn bars(engine: Engine, statement: &Statement<'_>) -> bool {
    match engine {
        Engine::Postgres => {
            match head(statement.sql).as_str() {
                "alter" => bars_on_postgres(&words(engine, statement.sql)),
                // Of its body every statement, and every text that it may run.
                "do" => {
                    let text = statement.sql.to_lowercase();
                    text.split(';').any(|piece| {
                        let words: Vec<String> = parts(piece).map(str::to_owned).collect();
                        (0..words.len()).any(|at| words[at] == "alter" && bars_on_postgres(&words[at..]))
                    })
                }
                _ => false,
            }
        }
        Engine::Mysql => bars_on_mysql(&words_of(engine, &statement.sql[..statement.sql.floor_char_boundary(SHORT)])),
        Engine::Sqlite => false,
    }
}

/// From an `alter` on. In a block more may stand before it ends: what it says stands close.
fn bars_on_postgres(words: &[String]) -> bool {
    let is = |n: usize, any: &[&str]| words.get(n).is_some_and(|word| any.contains(&word.as_str()));
    let near = &words[words.len().min(3)..words.len().min(12)];
    let until = near.iter().position(|word| word == "alter").unwrap_or(near.len());
    let near = &near[..until];
    let sets = |words: &[String]| {
        let at = words.iter().position(|word| word == "set");
        let set = at.and_then(|at| Some((words.get(at + 1)?, words.get(at + 2..)?)));
        set.is_some_and(|(name, rest)| {
            let is_off = rest
                .iter()
                .take(2)
                .any(|word| matches!(word.as_str(), "off" | "false" | "no" | "0" | "none" | "default"));
            OF_ITS_SESSIONS.contains(&name.as_str()) && !is_off
        })
    };
    if is(1, &["role", "user"]) && is(2, &ONESELF) {
        return near.iter().any(|word| OF_A_LOGIN.contains(&word.as_str())) || sets(near);
    }
    // The name may stand in quotes, and is not among the words then.
    let of = &words[words.len().min(2)..words.len().min(8)];
    let closes =
        |pair: &[String]| pair[0] == "allow_connections" && matches!(pair[1].as_str(), "false" | "off" | "no" | "0");
    let limits = |some: &[String]| some[0] == "connection" && some[1] == "limit" && some[2] == "0";
    is(1, &["database"]) && (of.windows(2).any(closes) || of.windows(3).any(limits) || sets(of))
}

/// Such a statement has no more bytes than that before what it is about.
const SHORT: usize = 1000;

/// `set password = …`, `alter user current_user() …`, also in a comment that the server obeys, and in a text that is run at once.
fn bars_on_mysql(said: &[Word<'_>]) -> bool {
    let is = |n: usize, words: &[&str]| said.get(n).is_some_and(|word| word.is_any(words));
    if (is(0, &["execute"]) && is(1, &["immediate"])) || (is(0, &["prepare"]) && is(2, &["from"])) {
        return said.iter().filter_map(Word::said).any(|(text, _)| bars_on_mysql(&words_of(Engine::Mysql, text)));
    }
    // What an event does later, nobody is there to see.
    if is(0, &["create"]) && said.iter().take(8).any(|word| word.is_any(&["event"])) {
        let begins = |at: usize| said[at - 1].is_any(&["do", "begin", "then", "else", ";"]);
        return (1..said.len()).any(|at| begins(at) && bars_on_mysql(&said[at..]));
    }
    let is_own = |n: usize| is(n, &["current_user", "user"]);
    let sets = is(0, &["set"]) && is(1, &["password"]) && (!is(2, &["for"]) || is_own(3));
    let of = if is(2, &["if"]) { 4 } else { 2 };
    sets || (is(0, &["alter"]) && is(1, &["user"]) && is_own(of))
}

/// Whether a statement that looks harmless may change a login by what it sets off: on MySQL and MariaDB neither a function nor a
/// trigger may, and what calls a procedure says so.
pub(crate) fn routines_may_bar(engine: Engine) -> bool {
    match engine {
        Engine::Postgres => true,
        Engine::Mysql | Engine::Sqlite => false,
    }
}

/// Whether a text for PostgreSQL makes a routine and has somewhere what may change a login, or run such a thing out of texts.
pub(crate) fn makes_what_may_bar(sql: &str) -> bool {
    let (mut makes, mut bars) = (false, false);
    let mut before = "";
    for word in parts(sql) {
        let is = |any: &[&str]| any.iter().any(|other| word.eq_ignore_ascii_case(other));
        let was = |any: &[&str]| any.iter().any(|other| before.eq_ignore_ascii_case(other));
        makes |= was(&["create", "replace"]) && is(&["function", "procedure"]);
        bars |= was(&["alter"]) && is(&["role", "user", "group", "database"]);
        bars |= was(&["on"]) && is(&["database"]);
        // `execute function f()` of a trigger, `grant execute on`.
        bars |= was(&["execute"]) && !is(&["function", "procedure", "on"]);
        before = word;
    }
    makes && bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_routine_may_do_to_a_login_is_asked_about_and_what_cannot_is_not() {
        for sql in [
            "create function f() returns void language plpgsql as $$ begin execute 'al' || 'ter role x'; end $$",
            "CREATE OR REPLACE PROCEDURE p() language sql as 'ALTER USER current_user password ''x'''",
            "create function f() returns void language sql as $$ revoke connect on database d from public $$",
        ] {
            assert!(makes_what_may_bar(sql), "{sql}");
        }
        for sql in [
            "create function f() returns trigger language plpgsql as $$ begin new.password = 'x'; return new; end $$;
             create trigger g before insert on t for each row execute function f(); grant execute on function f() to public",
            "do $$ begin execute 'alter role x'; end $$",
            "create table users (role text, password text)",
        ] {
            assert!(!makes_what_may_bar(sql), "{sql}");
        }
    }
}
