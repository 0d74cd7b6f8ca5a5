//! The words of a statement, for what the parsers do not know and for what none of them tells.
//!
//! Comments are left out; what stands in a conditional comment of MySQL's (`/*!40000 … */`) counts, as it does there.

use std::borrow::Cow;

use super::servers::Server;
use crate::engine::Engine;
use crate::engine::statements::is_for_nobody;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) struct Word<'a> {
    pub kind: Kind,
    /** As it is written, with its quotes. */
    pub text: &'a str,
    /** In bytes, from the start of the statement. */
    pub offset: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) enum Kind {
    /// A keyword or a name, or a number.
    Bare,
    /// A name in quotes.
    Quoted,
    /// A text, in whatever quotes.
    Text,
    /// Everything else, a character each, but for `||` and `:=`.
    Sign,
}

impl<'a> Word<'a> {
    /// This keyword, or this sign.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Bare | Kind::Sign) && self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether a table, a column or their like may be called so.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Bare | Kind::Quoted)
    }

    pub fn end(&self) -> usize {
        self.offset + self.text.len()
    }

    /// What a text says, and where in the statement that begins.
    pub fn said(&self) -> Option<(&'a str, usize)> {
        if self.kind != Kind::Text {
            return None;
        }
        let open = match self.text.starts_with('$') {
            true => self.text[1..].find('$')? + 2,
            false => self.text.find(['\'', '"'])? + 1,
        };
        let close = if self.text.starts_with('$') { open } else { 1 };
        self.text.get(open..self.text.len().checked_sub(close)?).map(|inside| (inside, self.offset + open))
    }
}

/// The words, in order.
pub(in crate::engine) fn of(engine: Engine, sql: &str) -> Vec<Word<'_>> {
    let mut words = Reader::new(engine, sql).read().words;
    if engine == Engine::Sqlite {
        name(&mut words);
    }
    words
}

/// SQLite takes a text for a name where only a name can stand: `delete from 't'`.
fn name(words: &mut [Word<'_>]) {
    let before = ["from", "into", "join", "table", "update"];
    for n in 1..words.len() {
        let is = |back: usize, word: &str| n >= back && words[n - back].is(word);
        let is_named = (words[n - 1].is_any(&before) && !is(2, "distinct"))
            || is(1, ".")
            || (is(1, "exists") && (is(2, "if") || is(3, "if")));
        let said = words[n].said().filter(|(text, _)| is_named && !text.is_empty() && !text.contains('\''));
        if let Some((text, offset)) = said {
            words[n] = Word { kind: Kind::Quoted, text, offset };
        }
    }
}

/// The statement with the signs of its conditional comments blanked, at the same places.
pub(super) fn without_conditions(engine: Engine, sql: &str) -> String {
    let mut text = sql.to_owned();
    for (from, to) in Reader::new(engine, sql).read().conditional {
        text.replace_range(from..to, &" ".repeat(to - from));
    }
    text
}

/// A script with blanks for the conditional comments that are comments to a kind of server, also in texts that it may run; every
/// other byte is where it was.
pub(crate) fn read_by(server: Server, sql: &str) -> Cow<'_, str> {
    if server == Server::ANY {
        return Cow::Borrowed(sql);
    }
    let mut text = String::with_capacity(sql.len());
    let mut at = 0;
    for (from, to) in (Reader { server, ..Reader::new(Engine::Mysql, sql) }).read().passed_over {
        text.push_str(&sql[at..from]);
        text.extend(sql[from..to].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = to;
    }
    text.push_str(&sql[at..]);
    Cow::Owned(text)
}

struct Reader<'a> {
    engine: Engine,
    server: Server,
    sql: &'a str,
    at: usize,
    words: Vec<Word<'a>>,
    /** Where the signs of conditional comments are. */
    conditional: Vec<(usize, usize)>,
    /** Where they are comments as a whole. */
    passed_over: Vec<(usize, usize)>,
}

impl<'a> Reader<'a> {
    fn new(engine: Engine, sql: &'a str) -> Self {
        let (words, conditional, passed_over) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, server: Server::ANY, sql, at: 0, words, conditional, passed_over }
    }

    fn read(mut self) -> Self {
        let mysql = self.engine == Engine::Mysql;
        while let Some(first) = self.sql[self.at..].chars().next() {
            let rest = &self.sql[self.at..];
            let start = self.at;
            if first.is_whitespace() || first == '\u{feff}' {
                self.at += first.len_utf8();
            } else if (rest.starts_with("--") && (!mysql || rest[2..].bytes().next().is_none_or(|b| b <= b' ')))
                || (mysql && first == '#')
            {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if mysql && self.server.passes_over(rest) {
                self.comment(2);
                self.passed_over.push((start, self.at));
            } else if mysql && (rest.starts_with("/*!") || rest.starts_with("/*M!")) && !is_for_nobody(rest) {
                let sign = if rest.starts_with("/*!") { 3 } else { 4 };
                self.at += sign + rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
                self.conditional.push((start, self.at));
            } else if rest.starts_with("/*") {
                self.comment(if self.engine == Engine::Postgres { usize::MAX } else { 1 });
            } else if mysql && rest.starts_with("*/") && !self.conditional.is_empty() {
                self.at += 2;
                self.conditional.push((start, self.at));
            } else {
                let kind = self.word(first);
                if mysql && kind == Kind::Text {
                    self.within(start);
                }
                self.words.push(Word { kind, text: &self.sql[start..self.at], offset: start });
            }
        }
        self
    }

    /// What is passed over in a text that ends here: it may be run.
    fn within(&mut self, mut from: usize) {
        while let Some(at) = self.sql[from..self.at].find("/*").map(|at| from + at) {
            let end = self.sql[at..self.at].find("*/").map_or(self.at, |end| at + end + 2);
            let is_all = end < self.at && self.server.passes_over(&self.sql[at..]);
            self.passed_over.extend(is_all.then_some((at, end)));
            from = if is_all { end } else { at + 2 };
        }
    }

    /// A comment with others in it, as deep as they may stand.
    fn comment(&mut self, deepest: usize) {
        let mut depth = 0_usize;
        while self.at < self.sql.len() {
            let rest = &self.sql.as_bytes()[self.at..];
            if rest.starts_with(b"/*") && depth < deepest {
                (depth, self.at) = (depth + 1, self.at + 2);
            } else if rest.starts_with(b"*/") {
                (depth, self.at) = (depth - 1, self.at + 2);
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
    }

    fn word(&mut self, first: char) -> Kind {
        let rest = &self.sql[self.at..];
        match (first, self.engine) {
            ('\'', _) => self.quoted('\'', self.engine == Engine::Mysql, Kind::Text),
            ('"', Engine::Mysql) => self.quoted('"', true, Kind::Text),
            ('"', _) => self.quoted('"', false, Kind::Quoted),
            ('`', Engine::Mysql | Engine::Sqlite) => self.quoted('`', false, Kind::Quoted),
            // A type may be an array: `varchar[10]`.
            ('[', Engine::Sqlite) if !rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == ']') => {
                self.quoted(']', false, Kind::Quoted)
            }
            ('$', Engine::Postgres) => self.dollars(rest),
            ('e' | 'E', Engine::Postgres) if rest[1..].starts_with('\'') => {
                self.at += 1;
                self.quoted('\'', true, Kind::Text)
            }
            _ if is_bare(first) || (first == '@' && self.engine == Engine::Mysql) => {
                self.at += first.len_utf8();
                self.at +=
                    self.sql[self.at..].find(|c| !is_bare(c) && c != '$').unwrap_or(rest.len() - first.len_utf8());
                Kind::Bare
            }
            _ => {
                let double = ["||", ":="].iter().any(|sign| rest.starts_with(sign));
                self.at += if double { 2 } else { first.len_utf8() };
                Kind::Sign
            }
        }
    }

    /// From the opening quote past the closing one.
    fn quoted(&mut self, quote: char, backslash: bool, kind: Kind) -> Kind {
        let mut chars = self.sql[self.at..].char_indices().skip(1).peekable();
        let mut end = self.sql.len();
        while let Some((n, c)) = chars.next() {
            if c == '\\' && backslash {
                chars.next();
            } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
                end = self.at + n + c.len_utf8();
                break;
            }
        }
        self.at = end;
        kind
    }

    fn dollars(&mut self, rest: &str) -> Kind {
        let tag = rest[1..].find(|c| !is_bare(c)).unwrap_or(rest.len() - 1);
        if !rest[1 + tag..].starts_with('$') || rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            return Kind::Sign;
        }
        let sign = &rest[..tag + 2];
        self.at += rest[sign.len()..].find(sign).map_or(rest.len(), |n| n + 2 * sign.len());
        Kind::Text
    }
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_server_has_a_text_of_its_own_of_the_same_length() {
        let sql = "a /*!80000 b '*/ c /*M!100100 d */ 'e /*!80000 f */ g' /* /*!80000 */ h /*!40101 i */";
        let kinds = Server::kinds(Engine::Mysql, [sql].into_iter());
        let read: Vec<_> = kinds.iter().map(|kind| read_by(*kind, sql)).collect();
        assert!(read.iter().all(|text| text.len() == sql.len()));
        assert_eq!(kinds.len(), 4);
        assert_eq!((kinds[0], &read[0][..]), (Server::ANY, sql));
        let words = |server| read_by(server, sql).split_whitespace().collect::<Vec<_>>().join(" ");
        let none = Server { of_mysql: false, of_mariadb: false };
        assert_eq!(words(none), "a c 'e g' /* /*!80000 */ h /*!40101 i */");
        let mariadb = Server { of_mysql: false, of_mariadb: true };
        assert_eq!(words(mariadb), "a c /*M!100100 d */ 'e g' /* /*!80000 */ h /*!40101 i */");
        for (engine, sql) in [(Engine::Postgres, sql), (Engine::Mysql, "select 1 /*!40101 x */ /* y */")] {
            assert_eq!(Server::kinds(engine, [sql].into_iter()), [Server::ANY], "{sql}");
        }
    }
}
