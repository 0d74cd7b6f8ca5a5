//! A file's text with what it says told apart: the language's own words strong, comments quiet. Colour means state, so there is none.

use leptos::prelude::*;

/// A longer text is shown as it is: each word apart costs the page as much again.
const LONGEST: usize = 16 << 10;

/// In small letters, in their order.
const WORDS: [&str; 86] = [
    "add",
    "after",
    "all",
    "alter",
    "and",
    "as",
    "asc",
    "before",
    "begin",
    "between",
    "by",
    "cascade",
    "case",
    "cast",
    "check",
    "column",
    "comment",
    "commit",
    "constraint",
    "create",
    "cross",
    "database",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "drop",
    "each",
    "else",
    "end",
    "enum",
    "except",
    "execute",
    "exists",
    "extension",
    "for",
    "foreign",
    "from",
    "function",
    "grant",
    "group",
    "having",
    "if",
    "in",
    "index",
    "inner",
    "insert",
    "into",
    "is",
    "join",
    "key",
    "left",
    "like",
    "limit",
    "modify",
    "not",
    "null",
    "on",
    "or",
    "order",
    "outer",
    "primary",
    "procedure",
    "references",
    "rename",
    "replace",
    "restrict",
    "returning",
    "returns",
    "row",
    "select",
    "sequence",
    "set",
    "table",
    "then",
    "to",
    "trigger",
    "type",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "view",
    "where",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Word,
    Comment,
    /// Names, values, signs.
    Other,
}

pub fn view(sql: &str) -> AnyView {
    if sql.len() > LONGEST {
        return sql.to_owned().into_any();
    }
    let parts = parts(sql).into_iter().map(|(part, text)| {
        let text = text.to_owned();
        match part {
            Part::Word => view! { <b>{text}</b> }.into_any(),
            Part::Comment => view! { <span class="muted">{text}</span> }.into_any(),
            Part::Other => text.into_any(),
        }
    });
    parts.collect_view().into_any()
}

/// The whole text, in its order.
fn parts(sql: &str) -> Vec<(Part, &str)> {
    let mut parts: Vec<(Part, &str)> = Vec::new();
    // Where what is neither word nor comment began.
    let (mut at, mut other) = (0, 0);
    while at < sql.len() {
        let rest = &sql[at..];
        let (part, length) = first(rest);
        if part != Part::Other {
            if other < at {
                parts.push((Part::Other, &sql[other..at]));
            }
            parts.push((part, &rest[..length]));
            other = at + length;
        }
        at += length;
    }
    if other < sql.len() {
        parts.push((Part::Other, &sql[other..]));
    }
    parts
}

/// What a text that is not empty begins with, and how many bytes of it that is.
fn first(text: &str) -> (Part, usize) {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("--") {
        return (Part::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Part::Comment, until("*/", 2));
    }
    let is_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    match text.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => (Part::Other, until(quote.encode_utf8(&mut [0; 4]), 1)),
        Some(c) if is_of_a_word(c) => {
            let length = text.find(|c: char| !is_of_a_word(c)).unwrap_or(text.len());
            let word = text[..length].to_ascii_lowercase();
            let part = if WORDS.binary_search(&word.as_str()).is_ok() { Part::Word } else { Part::Other };
            (part, length)
        }
        Some(c) => (Part::Other, c.len_utf8()),
        None => (Part::Other, text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_comments_are_told_apart_and_nothing_is_lost() {
        let sql = "-- why\nALTER table \"select\" add column späť text default 'it''s -- no'; /* or\nnot */ drop x--";
        let found = parts(sql);
        assert_eq!(found.iter().map(|(_, text)| *text).collect::<String>(), sql);
        let of = |part: Part| found.iter().filter(|(is, _)| *is == part).map(|(_, text)| *text).collect::<Vec<_>>();
        assert_eq!(of(Part::Word), ["ALTER", "table", "add", "column", "default", "drop"]);
        assert_eq!(of(Part::Comment), ["-- why", "/* or\nnot */", "--"]);
        assert!(WORDS.is_sorted());
        for odd in ["", "'", "/*", "日本 '", "a"] {
            assert_eq!(parts(odd).iter().map(|(_, text)| *text).collect::<String>(), odd);
        }
    }
}
