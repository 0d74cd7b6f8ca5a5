//! What may have been there before, and columns of MariaDB's whose values are replaced by how they are defined anew.

use super::reading::{Reading, starts};
use super::unseen::altered;
use super::words::Word;
use super::{What, plain};
use crate::engine::Engine;

/// `create table if not exists t`, `add column if not exists a`; what is the session's own was not there.
pub(super) fn doubtful(words: &[Word<'_>]) -> Vec<What> {
    let mut reading = Reading::new(words);
    if reading.eat(&["create"]) {
        while reading.eat(&["foreign", "unlogged", "virtual"]) {}
        let is_schema = reading.eat(&["schema", "database"]);
        if !(is_schema || reading.eat(&["table"])) || !reading.eat_all(&["if", "not", "exists"]) {
            return Vec::new();
        }
        return reading.name().map(|name| What::MaybeThere { name, column: None, is_schema }).into_iter().collect();
    }
    let of = |table: &str, operation: &[Word<'_>]| {
        let mut reading = Reading::new(operation);
        reading.eat(&["add"]).then_some(())?;
        reading.eat(&["column"]);
        reading.eat_all(&["if", "not", "exists"]).then_some(())?;
        Some(What::MaybeThere { name: table.to_owned(), column: Some(reading.name()?), is_schema: false })
    };
    altered(words).into_iter().filter_map(|(table, operation)| of(&table, operation)).collect()
}

/// `create table if not exists t as select …`, also of the session.
pub(super) fn only_if_new(words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    reading.eat(&["global", "local"]);
    let temporary = reading.eat(&["temporary", "temp"]);
    reading.eat(&["unlogged"]);
    (reading.eat(&["table"]) && reading.eat_all(&["if", "not", "exists"])).then_some(())?;
    Some(What::OnlyIfNew { table: reading.name()?, temporary })
}

/// `modify c … as (…) stored`, `change c d … character set latin1`
pub(super) fn redefined(engine: Engine, words: &[Word<'_>]) -> Vec<What> {
    let operations = if engine == Engine::Mysql { altered(words) } else { Vec::new() };
    let mut whats = Vec::new();
    for (table, operation) in operations {
        let mut reading = Reading::new(operation);
        let changes = starts(operation, &["change"]);
        if !reading.eat(&["change", "modify"]) {
            continue;
        }
        reading.eat(&["column"]);
        reading.eat_if();
        let Some(column) = reading.name() else { continue };
        let named = if changes { reading.name() } else { None };
        if reading.words.windows(2).any(|pair| starts(pair, &["as", "("])) {
            let computed = named.unwrap_or_else(|| column.clone());
            whats.push(What::Generates { table: table.clone(), column });
            whats.push(What::Computed { table, column: computed });
            continue;
        }
        let charset = reading.words.windows(3).find_map(|some| match () {
            () if starts(some, &["character", "set"]) => Some(plain(some[2].text)),
            () if some[0].is("charset") => Some(plain(some[1].text)),
            () => None,
        });
        let charset = charset.or_else(|| match reading.words {
            [.., charset, name] if charset.is("charset") => Some(plain(name.text)),
            _ => None,
        });
        let wide = ["utf8", "utf8mb3", "utf8mb4", "utf16", "utf16le", "utf32", "ucs2", "binary"];
        if let Some(charset) = charset.filter(|charset| !wide.contains(&charset.as_str())) {
            whats.push(What::Recodes { table, column, charset });
        }
    }
    whats
}
