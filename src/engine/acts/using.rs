//! What an expression keeps of the value that it is made of: all, less, or what nobody here can tell.

use super::reading::Reading;
use super::spelled;
use super::words::Word;

/// What of an expression loses something of the values in it, by its own word, and whether it does so surely; none where all of a
/// value can be had again.
pub(super) fn loss(words: &[Word<'_>]) -> Option<(String, bool)> {
    let all = 0..words.len();
    let surely = all.clone().find_map(|n| cuts(words, n)).map(|by| (by, true));
    surely.or_else(|| all.clone().find_map(|n| may_cut(words, n)).map(|by| (by, false)))
}

/// What cuts a value off at this word.
fn cuts(words: &[Word<'_>], n: usize) -> Option<String> {
    let word = &words[n];
    // Of the seconds since then nothing much is gone.
    let is_epoch = word.is("extract") && words.get(n + 2).is_some_and(|part| part.is("epoch"));
    if word.is_any(&CUTTING) && is_called(words, n) && !is_epoch {
        return Some(word.text.to_lowercase());
    }
    // A part of a list or of a document, a rest.
    let is_behind_value = n > 0 && !words[n - 1].is_any(&["(", ",", "array"]);
    let next_is = |sign| words.get(n + 1).is_some_and(|next| next.is(sign));
    let is_part = word.is("[") && is_behind_value && !next_is("]");
    let is_arrow = word.is("-") && next_is(">");
    match () {
        () if is_arrow => Some("->".to_owned()),
        () => (is_part || word.is("%")).then(|| word.text.to_owned()),
    }
}

/// What may cut a value off at this word: nobody here knows a function that is on no list, and of a whole number that is divided the
/// rest is gone, of another nothing is.
fn may_cut(words: &[Word<'_>], n: usize) -> Option<String> {
    let word = &words[n];
    let is_strange = is_called(words, n) && !word.is_any(&KEEPING);
    (is_strange || word.is_any(&["case", "/"])).then(|| word.text.to_lowercase())
}

fn is_called(words: &[Word<'_>], n: usize) -> bool {
    words[n].is_name() && words.get(n + 1).is_some_and(|next| next.is("(")) && !is_type(words, n)
}

/// The types that a value is cast to, in order.
pub(super) fn casts(words: &[Word<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let is_cast = n > 0 && word.is(":") && words[n - 1].is(":");
        let is_of_cast = word.is("as") && words[..n].iter().any(|word| word.is("cast"));
        if is_cast || is_of_cast {
            found.extend(ty(&words[n + 1..], is_of_cast));
        }
    }
    found
}

/// The type that begins here: in a `cast (… as …)` up to its end.
fn ty(words: &[Word<'_>], is_all: bool) -> Option<String> {
    let mut reading = Reading::new(words);
    let mut text = reading.name()?;
    let goes_on = ["double", "precision", "varying", "with", "without", "time", "zone"];
    while let Some(word) = reading.words.first() {
        if let Some(inside) = reading.parens() {
            let inside = inside.iter().map(|word| word.text).collect::<String>();
            text.push_str(&format!("({inside})"));
        } else if word.is_any(&goes_on) || (is_all && word.is_name()) {
            text.push_str(&format!(" {}", word.text));
            reading.words = &reading.words[1..];
        } else {
            break;
        }
    }
    Some(spelled(&text))
}

/// `varchar(3)` behind a `::` or an `as`.
fn is_type(words: &[Word<'_>], n: usize) -> bool {
    n.checked_sub(1).is_some_and(|before| words[before].is_any(&[":", "as", "varying"]))
}

/// Functions that answer with less than they are given.
const CUTTING: [&str; 32] = [
    "array_length",
    "ascii",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "date_part",
    "date_trunc",
    "div",
    "extract",
    "floor",
    "hashtext",
    "json_array_length",
    "jsonb_array_length",
    "left",
    "length",
    "md5",
    "mod",
    "octet_length",
    "regexp_match",
    "regexp_substr",
    "right",
    "sha256",
    "sign",
    "split_part",
    "strpos",
    "substr",
    "substring",
    "trunc",
    "truncate",
    "width_bucket",
];

/// Functions, and words before a parenthesis, that keep all of it.
const KEEPING: [&str; 47] = [
    "and",
    "array",
    "array_to_string",
    "as",
    "bit",
    "cast",
    "char",
    "character",
    "concat",
    "convert_from",
    "convert_to",
    "decode",
    "else",
    "encode",
    "hex",
    "in",
    "inet",
    "int4",
    "int8",
    "json_build_array",
    "json_build_object",
    "json_quote",
    "jsonb_build_array",
    "jsonb_build_object",
    "not",
    "numeric",
    "or",
    "quote_literal",
    "row",
    "st_geomfromtext",
    "string_to_array",
    "text",
    "then",
    "time",
    "timestamp",
    "timezone",
    "to_date",
    "to_hex",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "unhex",
    "using",
    "varchar",
    "varying",
    "when",
];
