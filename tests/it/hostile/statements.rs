//! What Neo's administrators have said to the servers while all the tests ran: each statement is one of the list in
//! `engine/administrator.rs`. The servers themselves have written it down, so nothing gets around it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use neo::engine::Engine;
use neo::engine::administrator::{is_listed, shape};

use super::postgres::MANAGED;
use crate::support::{ADMIN, ENDED};

/// How long a server that goes with its tests may take to go.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each statement once, with where it was said.
type Said = BTreeMap<String, String>;

/// What follows a line of the log that begins an entry.
fn entry(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.strip_prefix("neo:")?.splitn(4, ':');
    let (user, _database, _pid, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((user, rest))
}

/// PostgreSQL's log, with `log_statement` set for the administrator alone. What a line goes on with begins with a tab.
fn postgres(log: &str, from: &str, said: &mut Said) {
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((user, rest)) = entry(line) else { continue };
        let mut text = rest.to_owned();
        while let Some(more) = lines.peek().and_then(|line| line.strip_prefix('\t')) {
            text.push('\n');
            text.push_str(more);
            lines.next();
        }
        let Some(told) = text.strip_prefix("LOG:  ") else { continue };
        let sql = match told.split_once(": ") {
            Some(("statement", sql)) => sql,
            Some((how, sql)) if how.starts_with("execute ") => sql,
            _ => continue,
        };
        if [ADMIN, MANAGED].contains(&user) && !is_a_poolers(sql) {
            said.entry(sql.to_owned()).or_insert_with(|| format!("{user}, {from}"));
        }
    }
}

/// What PgBouncer says by itself, and in capitals, in the sessions that it hands on.
fn is_a_poolers(sql: &str) -> bool {
    sql == "DISCARD ALL" || sql.starts_with("SET ") || sql.starts_with("SELECT rolname, CASE WHEN rolvaliduntil")
}

/// What MariaDB's audit plugin writes of the administrator alone, a line each:
/// `20261128 06:01:02,host,user,address,12,34,QUERY,database,'text',0`.
fn mariadb(log: &str, from: &str, said: &mut Said) {
    for line in log.lines() {
        let Some((head, rest)) = line.split_once(",QUERY,") else { continue };
        let Some(user) = head.split(',').nth(2).filter(|user| *user == ADMIN) else { continue };
        let Some((_, rest)) = rest.split_once(",'") else { continue };
        let Some((text, _)) = rest.rsplit_once("',") else { continue };
        let sql = unescaped(text);
        said.entry(sql).or_insert_with(|| format!("{user}, {from}"));
    }
}

/// It writes quotes and line ends with a backslash, and leaves passwords out with their quotes.
fn unescaped(text: &str) -> String {
    let mut sql = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => match chars.next() {
                Some('n') => sql.push('\n'),
                Some('r') => sql.push('\r'),
                Some('t') => sql.push('\t'),
                Some(other) => sql.push(other),
                None => {}
            },
            (char, false) => sql.push(char),
        }
    }
    // What is for MySQL alone it makes a plain comment of, before it writes the statement down.
    sql.replace(" *****", " '*****'").replace("(*****)", "('*****')").replace("/* 80000 ", "/*!80000 ")
}

/// The log of a server that has ended.
fn whole(file: &Path) -> String {
    let since = Instant::now();
    loop {
        let log = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        if log.trim_end().ends_with(ENDED) {
            return log;
        }
        assert!(since.elapsed() < PATIENCE, "the server of {} has not ended", file.display());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "reads what all the other tests have made the servers log: make test"]
fn an_administrator_says_what_is_listed_and_nothing_else() {
    let folder = std::env::var_os("NEO_ADMINISTRATOR_LOG").expect("NEO_ADMINISTRATOR_LOG names the folder of the logs");
    let (mut on_postgres, mut on_mariadb) = (Said::new(), Said::new());
    for entry in std::fs::read_dir(&folder).expect("the logs of the test servers").flatten() {
        let (file, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with("postgres") {
            postgres(&whole(&file), &name, &mut on_postgres);
        } else {
            mariadb(&whole(&file), &name, &mut on_mariadb);
        }
    }
    // Nothing logged would be nothing unlisted.
    assert!(on_postgres.len() > 20, "PostgreSQL has logged {} statements", on_postgres.len());
    assert!(on_mariadb.len() > 20, "MariaDB has logged {} statements", on_mariadb.len());
    println!("{} on PostgreSQL, {} on MariaDB", on_postgres.len(), on_mariadb.len());
    // One of each shape is enough to see what it is.
    let mut unlisted = BTreeMap::new();
    for (engine, said) in [(Engine::Postgres, on_postgres), (Engine::Mysql, on_mariadb)] {
        for (sql, who) in said.into_iter().filter(|(sql, _)| !is_listed(engine, sql)) {
            unlisted.entry(shape(engine, &sql)).or_insert_with(|| format!("{engine} ({who}): {sql}"));
        }
    }
    let told: Vec<String> = unlisted.into_values().collect();
    assert!(told.is_empty(), "{} statements are not on the list:\n{}", told.len(), told.join("\n"));
}

#[test]
fn what_a_server_has_logged_is_read_whole_and_of_the_administrator_alone() {
    let mut said = Said::new();
    let log = format!(
        "neo:{ADMIN}:postgres:12:LOG:  statement: drop role\n\tif exists \"a\"\nneo:t_a:t_a:13:LOG:  statement: select 1\n\
         neo:{MANAGED}:postgres:14:LOG:  execute sqlx_s_1: select $1\nneo:{MANAGED}:postgres:14:DETAIL:  parameters: $1 = 'b'\n\
         neo:{ADMIN}:postgres:12:ERROR:  no\nneo:{ADMIN}:postgres:12:STATEMENT:  select 2\n"
    );
    postgres(&log, "here", &mut said);
    assert_eq!(said.keys().collect::<Vec<_>>(), ["drop role\nif exists \"a\"", "select $1"]);

    let mut said = Said::new();
    let log = format!(
        "20261128 06:01:02,host,{ADMIN},127.0.0.1,12,34,QUERY,,'create user \\'a\\'@\\'%\\' identified by password *****\\nwith b 1',0\n\
         20261128 06:01:02,host,t_a,127.0.0.1,12,35,QUERY,t_a,'select 1',0\n2026-11-28 6:01:02 0 [Note] mariadbd: ready\n"
    );
    mariadb(&log, "here", &mut said);
    assert_eq!(said.keys().collect::<Vec<_>>(), ["create user 'a'@'%' identified by password '*****'\nwith b 1"]);
}
