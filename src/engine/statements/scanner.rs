//! Reading a script: what a semicolon can hide in, and what ends a statement.

use super::bodies::{self, Body};
use super::is_for_nobody;
use crate::engine::Engine;

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

pub(super) struct Scanner<'a> {
    pub engine: Engine,
    pub sql: &'a str,
    pub bytes: &'a [u8],
    pub at: usize,
    /// Just after the last that was neither blank nor comment.
    pub solid: usize,
    /// Where what began that has no end.
    pub open: Option<usize>,
    /// Whether a backslash in a quote means something (MySQL): now, and on the server as it is set.
    pub escapes: bool,
    pub usual_escapes: bool,
    /// What ends a statement, as the last `DELIMITER` line (MySQL) has it.
    pub delimiter: &'a str,
    /// Between two delimiters that are no semicolon: where that stretch ends.
    pub stretch: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub fn new(engine: Engine, sql: &'a str) -> Self {
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
    pub fn next_statement(&mut self) -> Option<(usize, usize)> {
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
        let named = named.trim_start();
        // In quotes it may hold a blank, and is what stands between them.
        let named = match named.strip_prefix(['\'', '"', '`']) {
            Some(inside) => inside.split(|c: char| named.starts_with(c)).next(),
            None => named.split_whitespace().next(),
        };
        let named = named.filter(|named| !named.is_empty() && word.eq_ignore_ascii_case("delimiter"));
        let Some(named) = named else { return false };
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

    pub fn step(&mut self) {
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
    pub fn skip_blank(&mut self) -> bool {
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
        let is_conditional = mysql && (rest.starts_with(b"/*!") || rest.starts_with(b"/*M!"));
        if rest.starts_with(b"/*") && (!is_conditional || is_for_nobody(&self.sql[self.at..])) {
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
    pub fn skip_quoted(&mut self) -> bool {
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
    pub fn quoted(&mut self, quote: u8, backslash: bool) {
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
    pub fn word(&mut self) -> &str {
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
