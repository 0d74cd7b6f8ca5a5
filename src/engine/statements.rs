//! Where the statements of a script begin and end.
//!
//! Only as much of each dialect is read as a semicolon can hide in: comments, quotes, dollar quotes, parentheses, and the
//! bodies of triggers and routines. MySQL's `DELIMITER` lines are understood as its client understands them. The database
//! remains the judge of everything else.

mod bodies;

use bodies::Body;

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

/// What the words at the head of a statement say about semicolons inside it.
#[derive(Clone, Copy, PartialEq)]
enum Head {
    /// Not decided yet; a `DEFINER` clause may stand between `CREATE` and the noun.
    Start,
    Create,
    Definer,
    Plain,
    /// The body of a trigger or routine may hold semicolons.
    Body,
}

struct Scanner<'a> {
    engine: Engine,
    sql: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Just after the last that was neither blank nor comment.
    solid: usize,
    /// Where what began that has no end.
    open: Option<usize>,
    /// Whether a backslash in a quote means something (MySQL): now, and on the server as it is set.
    escapes: bool,
    usual_escapes: bool,
    /// What ends a statement, as the last `DELIMITER` line (MySQL) has it.
    delimiter: &'a str,
    /// Between two delimiters that are no semicolon: where that stretch ends.
    stretch: Option<usize>,
}

impl<'a> Scanner<'a> {
    fn new(engine: Engine, sql: &'a str) -> Self {
        let bytes = sql.as_bytes();
        Self {
            engine,
            sql,
            bytes,
            at: 0,
            solid: 0,
            open: None,
            escapes: true,
            usual_escapes: true,
            delimiter: ";",
            stretch: None,
        }
    }

    /// Start and end of the next statement that is more than comments.
    fn next_statement(&mut self) -> Option<(usize, usize)> {
        let (start, end) = self.find_statement()?;
        if self.engine == Engine::Mysql {
            self.heed_mode(&self.sql[start..end]);
        }
        Some((start, end))
    }

    /// A file may say itself what a backslash means to the statements after it.
    fn heed_mode(&mut self, statement: &str) {
        let is_set = statement.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("set"));
        if !is_set || statement.len() > 1000 {
            return;
        }
        let text = statement.to_ascii_lowercase();
        if text.contains("no_backslash_escapes") {
            self.escapes = false;
        } else if text.contains("sql_mode") && !text.contains("concat") {
            // Back to what it was, or to a list without it.
            self.escapes = self.usual_escapes || !(text.contains("default") || text.contains('@'));
        }
    }

    fn find_statement(&mut self) -> Option<(usize, usize)> {
        loop {
            while self.skip_blank() {}
            // A word may reach beyond it, where the delimiter stands right behind.
            if let Some(end) = self.stretch.filter(|end| self.at >= *end) {
                self.at = (end + self.delimiter.len()).min(self.bytes.len());
                self.stretch = None;
                continue;
            }
            let byte = *self.bytes.get(self.at)?;
            if self.stretch.is_none() && self.engine == Engine::Mysql && self.delimiter_line() {
                continue;
            }
            if byte == b';' && (self.delimiter == ";" || self.stretch.is_some()) {
                self.at += 1;
                continue;
            }
            if self.delimiter == ";" || self.stretch.is_some() {
                return Some(self.past_semicolon());
            }
            if self.sql[self.at..].starts_with(self.delimiter) {
                self.at += self.delimiter.len();
                continue;
            }
            let start = self.at;
            let end = self.past_delimiter();
            // The server takes what is sent at once apart by itself, but for bodies.
            if bodies::may_hold(&self.sql[start..end]) {
                return Some((start, end));
            }
            (self.at, self.stretch) = (start, Some(end));
        }
    }

    /// A line that begins with `delimiter` names what ends a statement from there on.
    fn delimiter_line(&mut self) -> bool {
        let rest = &self.sql[self.at..];
        let line = rest.lines().next().unwrap_or_default();
        let Some((word, named)) = line.split_once([' ', '\t']) else { return false };
        let Some(named) = named.split_whitespace().next().filter(|_| word.eq_ignore_ascii_case("delimiter")) else {
            return false;
        };
        self.delimiter = named;
        self.at += line.len();
        true
    }

    /// From here past the next delimiter, outside quotes and comments; answers where the delimiter begins.
    fn past_delimiter(&mut self) -> usize {
        while self.at < self.bytes.len() {
            if self.sql[self.at..].starts_with(self.delimiter) {
                let end = self.at;
                self.at += self.delimiter.len();
                return end;
            }
            if self.skip_blank() {
                continue;
            }
            if !self.skip_quoted() {
                self.step();
            }
            self.solid = self.at;
        }
        self.bytes.len()
    }

    fn step(&mut self) {
        self.at += 1;
        while !self.sql.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    fn past_semicolon(&mut self) -> (usize, usize) {
        let start = self.at;
        let limit = self.stretch.unwrap_or(self.bytes.len());
        let mut head = Head::Start;
        let mut body = Body::new(self.engine);
        let mut parens = 0_usize;
        // The last two words or semicolons: SQLite ends a trigger at `; END ;`.
        let (mut before, mut last) = (String::new(), String::new());
        loop {
            if self.at >= limit {
                return (start, limit);
            }
            if self.skip_blank() {
                continue;
            }
            let Some(&byte) = self.bytes.get(self.at) else { return (start, self.at) };
            match byte {
                b';' => {
                    let inside = match self.engine {
                        Engine::Postgres => parens > 0 || body.is_open(),
                        Engine::Mysql => self.stretch.is_none() && body.is_open(),
                        Engine::Sqlite => head == Head::Body && !(last == "END" && before == ";"),
                    };
                    self.at += 1;
                    if !inside {
                        return (start, self.at - 1);
                    }
                    body.semicolon();
                    before = std::mem::replace(&mut last, ";".to_owned());
                }
                b'(' => {
                    parens += 1;
                    self.at += 1;
                    body.sign(byte, parens);
                }
                b')' => {
                    parens = parens.saturating_sub(1);
                    self.at += 1;
                    body.sign(byte, parens);
                }
                _ if is_word(byte) => {
                    let word = self.word().to_ascii_uppercase();
                    if word == "E" && self.engine == Engine::Postgres && self.bytes.get(self.at) == Some(&b'\'') {
                        self.quoted(b'\'', true);
                        self.solid = self.at;
                        continue;
                    }
                    let was = head;
                    head = self.head(head, &word);
                    if head == Head::Body {
                        if was != Head::Body {
                            body.begin(&word);
                        }
                        self.solid = self.at;
                        let next = self.peek();
                        if body.word(&word, &next) {
                            self.skip_word();
                        }
                    }
                    before = std::mem::replace(&mut last, word);
                }
                _ => {
                    if !self.skip_quoted() {
                        self.at += 1;
                    }
                    if head == Head::Start {
                        head = Head::Plain;
                    }
                    body.sign(byte, parens);
                    before = std::mem::take(&mut last);
                }
            }
            self.solid = self.at;
        }
    }

    fn head(&self, head: Head, word: &str) -> Head {
        match (head, word) {
            (Head::Start, "CREATE") => Head::Create,
            // MariaDB has blocks outside routines: `BEGIN NOT ATOMIC`, and those of control.
            (Head::Start, _) if self.engine == Engine::Mysql && bodies::opens(word, &self.peek()) => Head::Body,
            (Head::Create, "OR" | "REPLACE" | "TEMP" | "TEMPORARY" | "AGGREGATE" | "CONSTRAINT") => Head::Create,
            (Head::Create, "DEFINER") => Head::Definer,
            (Head::Create | Head::Definer, "TRIGGER") => Head::Body,
            (Head::Create | Head::Definer, "PROCEDURE" | "FUNCTION" | "EVENT") if self.engine != Engine::Sqlite => {
                Head::Body
            }
            (Head::Definer, "VIEW" | "TABLE" | "SQL") => Head::Plain,
            (Head::Definer | Head::Body, _) => head,
            _ => Head::Plain,
        }
    }

    /// The word that comes next, after blanks and comments; a sign by itself.
    fn peek(&self) -> String {
        let mut ahead = Scanner { at: self.at, open: None, ..Scanner::new(self.engine, self.sql) };
        while ahead.skip_blank() {}
        match ahead.bytes.get(ahead.at) {
            Some(&byte) if is_word(byte) => ahead.word().to_ascii_uppercase(),
            Some(&byte) => char::from(byte).to_string(),
            None => String::new(),
        }
    }

    fn skip_word(&mut self) {
        while self.skip_blank() {}
        self.word();
    }

    /// Skips one run of white space or one comment.
    fn skip_blank(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let Some(&first) = rest.first() else { return false };
        // A byte order mark counts as a blank, as editors leave it.
        if first.is_ascii_whitespace() || first == 0x0b {
            self.at += 1;
            return true;
        }
        if rest.starts_with(b"\xef\xbb\xbf") {
            self.at += 3;
            return true;
        }
        let mysql = self.engine == Engine::Mysql;
        let dashes = rest.starts_with(b"--") && (!mysql || rest.get(2).is_none_or(|b| *b <= b' '));
        if dashes || (mysql && first == b'#') {
            self.at += rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |n| n + 1);
            return true;
        }
        // `/*!` is no comment to MySQL but a statement, or part of one.
        if rest.starts_with(b"/*") && !(mysql && (rest.starts_with(b"/*!") || rest.starts_with(b"/*M!"))) {
            self.skip_block_comment();
            return true;
        }
        false
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"/*") && (depth == 0 || self.engine == Engine::Postgres) {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
    }

    /// Skips anything quoted that starts here.
    fn skip_quoted(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        match (rest[0], self.engine) {
            (quote @ (b'\'' | b'"'), Engine::Mysql) => self.quoted(quote, self.escapes),
            (quote @ (b'\'' | b'"'), _) => self.quoted(quote, false),
            (b'`', Engine::Mysql | Engine::Sqlite) => self.quoted(b'`', false),
            (b'[', Engine::Sqlite) => self.skip_past(b"]", 1),
            (b'/', Engine::Mysql) if rest.starts_with(b"/*") => self.skip_past(b"*/", 2),
            (b'$', Engine::Postgres) => return self.dollar_quoted(),
            _ => return false,
        }
        true
    }

    /// From an opening quote past the closing one; a doubled quote is none.
    fn quoted(&mut self, quote: u8, backslash: bool) {
        let start = self.at;
        self.at += 1;
        // A text may be megabytes long: it is searched, not walked through.
        while let Some(close) = self.sql[self.at..].find(char::from(quote)) {
            let escape = if backslash { self.sql[self.at..self.at + close].find('\\') } else { None };
            if let Some(escape) = escape {
                self.at += escape + 1;
                self.step();
                continue;
            }
            self.at += close + 1;
            if self.bytes.get(self.at) != Some(&quote) {
                return;
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
        self.open = Some(start);
    }

    fn dollar_quoted(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let tag = rest[1..].iter().take_while(|&&b| is_word(b) && b != b'$').count();
        if rest.get(1 + tag) != Some(&b'$') || (tag > 0 && rest[1].is_ascii_digit()) {
            return false;
        }
        let delimiter = &rest[..tag + 2];
        self.skip_past(delimiter, delimiter.len());
        true
    }

    /// Past the next `end`, looked for `from` bytes further on; to the end of the script when there is none.
    fn skip_past(&mut self, end: &[u8], from: usize) {
        let from = (self.at + from).min(self.bytes.len());
        match self.bytes[from..].windows(end.len()).position(|window| window == end) {
            Some(n) => self.at = from + n + end.len(),
            None => {
                self.open = Some(self.at);
                self.at = self.bytes.len();
            }
        }
    }

    /// The word that starts here, if any. `$` continues a word but starts none.
    fn word(&mut self) -> &str {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|&b| is_word(b) || (b == b'$' && self.at > start)) {
            self.at += 1;
        }
        &self.sql[start..self.at]
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

    fn split(engine: Engine, sql: &str) -> Vec<&str> {
        statements(engine, sql).into_iter().map(|s| s.sql).collect()
    }

    #[test]
    fn a_semicolon_in_a_comment_or_a_quote_ends_nothing() {
        for engine in ALL {
            let sql = "-- a; b\nselect ';' /* ; */, \";\" ; ; /* only; this */ ;\n select 'it''s; 2'\n -- end;";
            let found = statements(engine, sql);
            assert_eq!(found.len(), 2, "{engine:?}: {found:?}");
            assert_eq!(found[0].sql, "select ';' /* ; */, \";\"");
            assert_eq!((found[0].line, found[0].column), (2, 1));
            assert!(found[1].sql.starts_with("select 'it''s; 2'"));
            assert_eq!((found[1].line, found[1].column), (3, 2));
        }
    }

    #[test]
    fn what_is_never_closed_is_found_where_it_begins() {
        for engine in ALL {
            assert_eq!(unclosed(engine, "select 'a', \"b\" -- it's\n; /* \" */ select 'it''s'"), None, "{engine:?}");
            assert_eq!(unclosed(engine, "select 'a'; select 'it''s"), Some(19), "{engine:?}");
        }
        assert_eq!(unclosed(Engine::Mysql, r"select 'a\'"), Some(7));
        assert_eq!(unclosed(Engine::Sqlite, r"select 'a\'"), None);
        assert_eq!(unclosed(Engine::Postgres, "do $x$ begin $$ end $$"), Some(3));
    }

    #[test]
    fn columns_count_characters() {
        let found = statements(Engine::Postgres, "select 'ü€'; select 2");
        assert_eq!((found[1].line, found[1].column, found[1].offset), (1, 14, 16));
        assert_eq!(position("é\nüa", 5), (2, 2));
    }

    #[test]
    fn postgres_quotes_bodies_with_dollars_and_nests_comments() {
        let sql = "create function f() returns int as $body$ begin; $$ ; end; $body$ language plpgsql;\n\
                   do $$ begin raise notice ';'; end $$; /* a /* b; */ c; */ select $1, a$b$c; select E'\\';' ; \
                   create rule r as on insert to t do (delete from a; delete from b);\n\
                   create function g() returns int begin atomic select case when true then 1 end; select 2; end; select 3";
        let found = split(Engine::Postgres, sql);
        assert_eq!(found.len(), 7, "{found:#?}");
        assert_eq!(found[3], "select E'\\';'");
        assert_eq!(found[6], "select 3");
    }

    #[test]
    fn mysql_has_backslashes_hashes_backticks_and_routines() {
        let sql = "# one; two\nselect 'a\\';b', \"c\\\";\", `d;e`; select 5--1;select 2 -- x;\n;\
                   /*!40101 set names utf8; */;\n\
                   create definer=`root`@`%` procedure p() begin if 1 then select case 2 when 2 then 3 end; end if; \
                   case 1 when 1 then select 1; end case; begin select 2; end; while 0 do select 1; end while; end; select 9;\
                   begin; select 1; commit";
        let found = split(Engine::Mysql, sql);
        assert_eq!(found.len(), 9, "{found:#?}");
        assert_eq!(found[0], "select 'a\\';b', \"c\\\";\", `d;e`");
        assert_eq!(found[3], "/*!40101 set names utf8; */");
        assert_eq!(found[5], "select 9");
    }

    #[test]
    fn mysql_bodies_of_every_form_end_where_they_end() {
        for body in [
            "create trigger t before insert on a for each row if new.v is null then set new.v = 'x'; else set new.v = 'y'; end if",
            "create trigger t before insert on a for each row follows s set new.v = case when new.id > 1 then 'a' else 'b' end",
            "create procedure p() l1: loop leave l1; end loop l1",
            "create procedure p() comment 'a; b' sql security invoker l1: begin end l1",
            "create procedure if not exists p(x int) case x when 1 then select 1; when 2 then select case x when 1 then 2 end; else begin end; end case",
            "create definer=`a`@`b` function f(a int, b varchar(3)) returns int deterministic return case a when 1 then if(b, 1, 2) else 3 end",
            "create function f() returns int begin declare x int; declare continue handler for not found begin set x = 1; end; \
             repeat set x = x + 1; until x > 5 end repeat; while x > 0 do set x = x - 1; end while; return x; end",
            "create procedure p() begin if new.end < new.start then set new.end = new.start; end if; select end from t; end",
            "create event e on schedule every 1 day do delete from a",
            "create event e on schedule every 1 day do begin delete from a; delete from b; end",
            "begin not atomic declare x int; for i in 1..3 do set x = i; end for; end",
            "if 1 then select 1; elseif 2 then select 2; else select 3; end if",
            "create or replace procedure p() begin for r in (select * from t) do insert into u values (r.a); end for; end",
            "create procedure p() begin outer_block: begin iterate_me: while true do leave iterate_me; end while iterate_me; end outer_block; end",
        ] {
            let script = format!("select 0; {body}; select 1");
            assert_eq!(split(Engine::Mysql, &script), ["select 0", body, "select 1"]);
        }
    }

    #[test]
    fn mysql_delimiters_are_the_clients() {
        let sql = "delimiter $$\ncreate procedure p() begin select 1; select '$$'; end$$\nselect 2; select 3 $$\nDELIMITER ;\n\
                   select 4;\n  delimiter //\n\nselect 5 -- a // b\n//";
        let found = split(Engine::Mysql, sql);
        assert_eq!(
            found,
            ["create procedure p() begin select 1; select '$$'; end", "select 2", "select 3", "select 4", "select 5"]
        );
        let found = statements(Engine::Mysql, sql);
        assert_eq!((found[1].line, found[1].column, found[4].line), (3, 1, 8));
        assert!(split(Engine::Mysql, "delimiter ;;\n;;\n").is_empty());
    }

    #[test]
    fn a_body_of_the_standards_kind_may_name_a_column_end() {
        let body = "create function g() returns int begin atomic select max(x) as end from t; end";
        assert_eq!(split(Engine::Postgres, &format!("{body}; select 1")), [body, "select 1"]);
    }

    #[test]
    fn what_stands_outside_quotes_is_where_it_was() {
        for (engine, sql, bare) in [
            (Engine::Postgres, "a E'x\\' \\y' \"b\" $q$ c $q$ -- d\n e$q$f", "a E                            \n e$q$f"),
            (Engine::Mysql, "a 'x\\'y' # z\n`b` \\G", "a           \n    \\G"),
        ] {
            let found = super::bare(engine, sql);
            assert_eq!(found.len(), sql.len());
            assert_eq!(found.split_whitespace().collect::<Vec<_>>(), bare.split_whitespace().collect::<Vec<_>>());
        }
    }

    #[test]
    fn mariadb_has_blocks_outside_routines() {
        assert_eq!(split(Engine::Mysql, "begin not atomic select 1; select 2; end; select 3").len(), 2);
    }

    #[test]
    fn sqlite_triggers_end_with_their_end() {
        let sql = "create temp trigger t after insert on a begin update b set c = case when 1 then 2 end; delete from [d;e]; end;\
                   select 1";
        let found = split(Engine::Sqlite, sql);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert_eq!(found[1], "select 1");
    }

    #[test]
    fn a_table_named_like_a_routine_is_a_table() {
        for engine in ALL {
            assert_eq!(
                split(engine, "create table trigger_log (a int); insert into event values (1); select 1").len(),
                3
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_positions_hold_and_order_is_kept(sql in r#"[a-zA-Z;'"`$()\[\]/*#!\\ \n\-é€0-9_]{0,80}"#) {
            for engine in ALL {
                let mut end = 0;
                for s in statements(engine, &sql) {
                    prop_assert!(s.offset >= end && !s.sql.is_empty());
                    prop_assert_eq!(&sql[s.offset..s.offset + s.sql.len()], s.sql);
                    prop_assert_eq!(position(&sql, s.offset), (s.line, s.column));
                    end = s.offset + s.sql.len();
                }
            }
        }

        #[test]
        fn what_is_joined_comes_apart_again(
            parts in prop::collection::vec(("[a-z]{1,8}", "[^'\\\\]{0,12}", 0..4_usize), 1..8)
        ) {
            for engine in ALL {
                let whole: Vec<String> = parts.iter().map(|(word, text, _)| format!("select_{word} '{text}'")).collect();
                let blanks = [";", "; ", ";\n-- note; it's\n", "; /* ' ; */ ;\n"];
                let sql: String = whole.iter().zip(&parts).map(|(s, (_, _, n))| format!("{s}{}", blanks[*n])).collect();
                prop_assert_eq!(split(engine, &sql), whole.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }
}
