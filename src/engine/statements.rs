//! Where the statements of a script begin and end.
//!
//! Only as much of each dialect is read as a semicolon can hide in: comments, quotes, dollar quotes, parentheses, and the
//! bodies of triggers and routines. MySQL's `DELIMITER` lines are understood as its client understands them. The database
//! remains the judge of everything else.

mod bodies;
mod scanner;

use scanner::Scanner;

use super::Engine;

/// One statement, without its semicolon and without the comments before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement<'a> {
    pub sql: &'a str,
    /// In bytes, from the start of the script.
    pub offset: usize,
    /// Where its semicolon is, or the script's end: between `sql` and here are blanks and comments.
    pub until: usize,
    /// From 1; the column counts characters.
    pub line: u32,
    pub column: u32,
}

/// The statements of a script with where each starts (1-based line and column): comments, quotes, dollar quotes and
/// MySQL's backslashes are understood; empty ones are left out.
pub fn statements(engine: Engine, sql: &str) -> Vec<Statement<'_>> {
    match engine {
        // A file of a server where a backslash is a letter shows it by a quote that would never end.
        Engine::Mysql if is_without_escapes(sql) => without_escapes(sql),
        Engine::Postgres | Engine::Mysql | Engine::Sqlite => read(Scanner::new(engine, sql)),
    }
}

fn is_without_escapes(sql: &str) -> bool {
    let ends_open = |mut scanner: Scanner<'_>| {
        while scanner.next_statement().is_some() {}
        scanner.open.is_some()
    };
    sql.contains("\\'")
        && ends_open(Scanner::new(Engine::Mysql, sql))
        && !ends_open(Scanner { escapes: false, usual_escapes: false, ..Scanner::new(Engine::Mysql, sql) })
}

/// The same for a MySQL session in which a backslash is a letter like others (`NO_BACKSLASH_ESCAPES`).
pub(super) fn without_escapes(sql: &str) -> Vec<Statement<'_>> {
    read(Scanner { escapes: false, usual_escapes: false, ..Scanner::new(Engine::Mysql, sql) })
}

fn read(mut scanner: Scanner<'_>) -> Vec<Statement<'_>> {
    let sql = scanner.sql;
    let mut found = Vec::new();
    let (mut line, mut column, mut counted) = (1, 1, 0);
    while let Some((start, end)) = scanner.next_statement() {
        (line, column) = advance(&sql[counted..start], (line, column));
        counted = start;
        let text = sql[start..scanner.solid.clamp(start, end)].trim_end();
        found.push(Statement { sql: text, offset: start, until: end, line, column });
    }
    found
}

/// A conditional comment (`/*!…`, `/*M!…`) of a version that no server has is a comment to all of them. The first line of
/// mariadb-dump's is one; what it says there is for the client program. All six digits count: `/*M!99999` is 9.99.99, which a
/// MariaDB of today runs.
pub(super) fn is_for_nobody(text: &str) -> bool {
    let version = text.trim_start_matches("/*").trim_start_matches('M').trim_start_matches('!');
    version.starts_with("999999")
}

/// Where the quote begins (in bytes) that a script ends in the middle of.
pub fn unclosed(engine: Engine, sql: &str) -> Option<usize> {
    let mut scanner = Scanner::new(engine, sql);
    while scanner.next_statement().is_some() {}
    scanner.open
}

/// The same text with blanks for what stands in quotes and comments; lines, and every other byte, are where they were.
pub(super) fn bare(engine: Engine, sql: &str) -> String {
    blanked(Scanner::new(engine, sql))
}

/// The same for a MySQL session in which a backslash is a letter like others.
pub(super) fn bare_without_escapes(sql: &str) -> String {
    blanked(Scanner { escapes: false, ..Scanner::new(Engine::Mysql, sql) })
}

/// The same of a statement of which nobody knows whether a backslash means something in its session (MySQL): blank is what stands in
/// quotes by either reading.
pub(super) fn bare_by_either(engine: Engine, sql: &str) -> String {
    let one = bare(engine, sql);
    match engine {
        Engine::Mysql if sql.contains('\\') => blank_in_either(&one, &bare_without_escapes(sql)),
        Engine::Postgres | Engine::Mysql | Engine::Sqlite => one,
    }
}

/// Both have every byte where it was.
fn blank_in_either(one: &str, other: &str) -> String {
    let mut text = String::with_capacity(one.len());
    for (at, c) in one.char_indices() {
        match other.get(at..).is_some_and(|rest| rest.starts_with(c)) {
            true => text.push(c),
            false => text.extend(std::iter::repeat_n(' ', c.len_utf8())),
        }
    }
    text
}

fn blanked(mut scanner: Scanner<'_>) -> String {
    let sql = scanner.sql;
    let mut text = String::with_capacity(sql.len());
    while scanner.at < sql.len() {
        let from = scanner.at;
        if scanner.skip_blank() || scanner.skip_quoted() {
            text.extend(sql[from..scanner.at].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            continue;
        }
        let is_escaped = scanner.word().eq_ignore_ascii_case("e") && scanner.engine == Engine::Postgres;
        if scanner.at == from {
            scanner.step();
        }
        text.push_str(&sql[from..scanner.at]);
        if is_escaped && sql[scanner.at..].starts_with('\'') {
            let from = scanner.at;
            scanner.quoted(b'\'', true);
            text.extend(std::iter::repeat_n(' ', scanner.at - from));
        }
    }
    text
}

/// Line and column, from 1 and in characters, of a byte offset.
pub fn position(sql: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(sql.len());
    while !sql.is_char_boundary(offset) {
        offset -= 1;
    }
    advance(&sql[..offset], (1, 1))
}

fn advance(text: &str, (line, column): (u32, u32)) -> (u32, u32) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    match text.rfind('\n') {
        Some(last) => {
            (line + count(text.bytes().filter(|&b| b == b'\n').count()), 1 + count(text[last + 1..].chars().count()))
        }
        None => (line, column + count(text.chars().count())),
    }
}

#[cfg(test)]
mod tests;
