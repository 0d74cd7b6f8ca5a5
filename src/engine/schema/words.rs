//! Definitions as they are told: in one line, the same for what is the same, and short.

use sha2::{Digest, Sha256};

use crate::engine::Engine;

/// A definition of more characters is told by its beginning and a hash of the whole.
const LONG: usize = 200;
const HEAD: usize = 120;

/// White space folded: a definition that a person wrapped is still one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same, and what is long is cut; the hash still tells apart what only differs behind the cut.
pub(super) fn shortened(text: &str) -> String {
    let line = one_line(text);
    let Some((cut, _)) = line.char_indices().nth(LONG).and_then(|_| line.char_indices().nth(HEAD)) else { return line };
    let hash = hex::encode(&Sha256::digest(&line)[..6]);
    format!("{}… ({} characters, {hash})", &line[..cut], line.chars().count())
}

/// Somebody's own words, where the engine keeps them as they came: comments left out (some programs do not send them), white
/// space folded, and the quotes of plain names taken away (a rename puts them there).
pub(super) fn folded(engine: Engine, sql: &str) -> String {
    let bytes = sql.as_bytes();
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while at < bytes.len() {
        let Some(end) = quoted(engine, bytes, at) else {
            let after = (at + 1..bytes.len()).find(|i| !is_word(bytes[*i])).unwrap_or(bytes.len());
            let end = if is_word(bytes[at]) { after } else { at + 1 };
            out.push_str(&sql[at..end]);
            at = end;
            continue;
        };
        let piece = &sql[at..end];
        match bytes[at] {
            // What is meant for some servers alone is no comment there.
            b'/' if piece.starts_with("/*!") || piece.starts_with("/*M!") => out.push_str(piece),
            b'-' | b'#' | b'/' => out.push(' '),
            _ => out.push_str(plain_name(engine, piece).unwrap_or(piece)),
        }
        at = end;
    }
    one_line(&out)
}

/// PostgreSQL says an expression in other words once it has read its own: `(ARRAY[a, b])::text[]`, as it comes from a list of values
/// beside a `varchar`, is `ARRAY[(a)::text, (b)::text]` in whatever a dump was restored into. Said in the second way, where it stays.
pub(super) fn settled(text: &str) -> String {
    if !text.contains(ARRAY) {
        return text.to_owned();
    }
    let (bytes, mut out, mut at) = (text.as_bytes(), String::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let cast = if text[at..].starts_with(ARRAY) { cast_array(text, at) } else { None };
        let (said, end) = match (cast, quoted(Engine::Postgres, bytes, at)) {
            (Some((said, end)), _) => (said, end),
            (None, Some(end)) => (text[at..end].to_owned(), end),
            (None, None) => {
                let end = (at + 1..=bytes.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(bytes.len());
                (text[at..end].to_owned(), end)
            }
        };
        out += &said;
        at = end;
    }
    out
}

const ARRAY: &str = "(ARRAY[";

/// An array in brackets that begins here and is cast as a whole, with each of its elements cast instead, and where it ends.
fn cast_array(text: &str, at: usize) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let (mut i, mut depth, mut elements) = (at + ARRAY.len(), 0, Vec::new());
    let mut begins = i;
    loop {
        match *bytes.get(i)? {
            b'(' | b'[' => depth += 1,
            b']' if depth == 0 => break,
            b')' | b']' => depth -= 1,
            b',' if depth == 0 => {
                elements.push(&text[begins..i]);
                begins = i + 1;
            }
            _ => {}
        }
        i = quoted(Engine::Postgres, bytes, i).unwrap_or(i + 1);
    }
    elements.push(&text[begins..i]);
    let kind = text[i..].strip_prefix("])::")?;
    let (kind, behind) = kind.split_once("[]")?;
    let is_type = !kind.contains(['\'', ';', ':', '=']) && !behind.starts_with('[');
    let elements: Vec<_> = elements.iter().map(|element| format!("({})::{kind}", settled(element.trim()))).collect();
    is_type.then(|| (format!("ARRAY[{}]", elements.join(", ")), text.len() - behind.len()))
}

/// What is inside the quotes, if it is a name that could do without them.
fn plain_name(engine: Engine, piece: &str) -> Option<&str> {
    let inside = match engine {
        Engine::Sqlite => [('"', '"'), ('`', '`'), ('[', ']')]
            .iter()
            .find_map(|(open, close)| piece.strip_prefix(*open)?.strip_suffix(*close))?,
        // Double quotes may be a text there.
        Engine::Mysql => piece.strip_prefix('`')?.strip_suffix('`')?,
        Engine::Postgres => return None,
    };
    let is_plain = !inside.starts_with(|c: char| c.is_ascii_digit()) && inside.bytes().all(is_word);
    (is_plain && !inside.is_empty()).then_some(inside)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The end of a quoted name, a literal or a comment that begins here.
pub(super) fn quoted(engine: Engine, bytes: &[u8], at: usize) -> Option<usize> {
    let until = |from: usize, close: &[u8]| {
        (from..bytes.len()).find(|i| bytes[*i..].starts_with(close)).map_or(bytes.len(), |i| i + close.len())
    };
    let is_mysql = engine == Engine::Mysql;
    match bytes[at] {
        quote @ (b'\'' | b'"') if is_mysql => {
            let mut i = at + 1;
            while i < bytes.len() && bytes[i] != quote {
                i += if bytes[i] == b'\\' { 2 } else { 1 };
            }
            Some((i + 1).min(bytes.len()))
        }
        quote @ (b'\'' | b'"' | b'`') => Some(until(at + 1, &[quote])),
        b'[' if engine == Engine::Sqlite => Some(until(at + 1, b"]")),
        b'-' if bytes[at..].starts_with(b"--") => {
            // `5--3` is a sum on MySQL.
            let is_comment = !is_mysql || bytes.get(at + 2).is_none_or(u8::is_ascii_whitespace);
            is_comment.then(|| until(at + 2, b"\n"))
        }
        b'#' if is_mysql => Some(until(at + 1, b"\n")),
        b'/' if bytes[at..].starts_with(b"/*") => Some(until(at + 2, b"*/")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_definition_is_cut_and_still_told_from_another() {
        let long = format!("view v: select '{}' as a,\n  1 as b", "ä".repeat(300));
        let (one, other) = (shortened(&long), shortened(&long.replace("as b", "as c")));
        assert_ne!(one, other);
        assert!(one.starts_with("view v: select 'ää") && one.chars().count() < 160, "{one}");
        assert_eq!(one, shortened(&long.replace("\n  ", " ")));
        assert_eq!(shortened("view v:\n select 1"), "view v: select 1");
    }

    #[test]
    fn what_the_server_says_anew_from_its_own_words_reads_the_same_before() {
        for (first, again) in [
            (
                "CHECK (((s)::text = ANY ((ARRAY['a,]'::character varying, 'it''s ('::character varying])::text[])))",
                "CHECK (((s)::text = ANY (ARRAY[('a,]'::character varying)::text, ('it''s ('::character varying)::text])))",
            ),
            (
                "(x <> ALL ((ARRAY[f(a, 'ä'), \"b,\"])::app.\"Ä t\"[])) AND (ARRAY[1])::numeric(10,2)[] = y",
                "(x <> ALL (ARRAY[(f(a, 'ä'))::app.\"Ä t\", (\"b,\")::app.\"Ä t\"])) AND ARRAY[(1)::numeric(10,2)] = y",
            ),
        ] {
            assert_eq!(settled(first), again);
            assert_eq!(settled(again), again);
        }
        for same in [
            "'(ARRAY[1])::text[]'",
            "(ARRAY[1, 2",
            "(ARRAY[1])",
            "(ARRAY[1] || x)::text[]",
            "(ARRAY[1])::text || 'a[]'",
        ] {
            assert_eq!(settled(same), same);
        }
    }

    #[test]
    fn what_is_written_differently_and_is_the_same_reads_the_same() {
        for (engine, sql, read) in [
            (Engine::Sqlite, "create  trigger [x]\non \"t\" -- why\nbegin select 'a -- b', \"odd name\"; end", {
                "create trigger x on t begin select 'a -- b', \"odd name\"; end"
            }),
            (Engine::Mysql, "set `a` = 5--3, b = 'it\\'s -- # so' # why\n, c = \"x\" /* no */ /*!80000 yes */", {
                "set a = 5--3, b = 'it\\'s -- # so' , c = \"x\" /*!80000 yes */"
            }),
            (Engine::Mysql, "select 'open", "select 'open"),
            (Engine::Mysql, "select '\\", "select '\\"),
            (Engine::Sqlite, "select \"ä", "select \"ä"),
            (Engine::Sqlite, "select ä.`größe`, \"2nd\", \"\"", "select ä.größe, \"2nd\", \"\""),
        ] {
            assert_eq!(folded(engine, sql), read);
        }
    }
}
