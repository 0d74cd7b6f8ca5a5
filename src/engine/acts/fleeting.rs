//! Tables that keep no rows for good: one of the session, one that a crash empties, one of an engine that holds nothing or only while
//! the server runs.

use super::What;
use super::made::Made;
use super::reading::Reading;
use super::words::Word;
use super::written::text;
use crate::engine::Engine;

/// MariaDB's engines that keep what is written into them.
const KEEPING: [&str; 8] = ["aria", "archive", "innodb", "myisam", "ndb", "ndbcluster", "rocksdb", "tokudb"];

pub(super) fn fleeting(engine: Engine, words: &[Word<'_>], made: &Made) -> Option<What> {
    let mut reading = Reading::new(words);
    if engine == Engine::Postgres && words.first()?.is("select") {
        let at = words.iter().position(|word| word.is("into"))?;
        reading.words = &words[at + 1..];
        let by = kind(&mut reading)?;
        reading.eat(&["table"]);
        return Some(What::Fleeting { table: reading.name()?, by });
    }
    reading.eat(&["create"]).then_some(())?;
    reading.eat_all(&["or", "replace"]);
    let by = kind(&mut reading);
    reading.eat(&["table"]).then_some(())?;
    reading.eat_if();
    let table = reading.name()?;
    let is_of_session = table.starts_with("temp.") || table.starts_with("pg_temp.");
    let by = by.or(is_of_session.then(|| "temporary".to_owned()));
    let by = by.or_else(|| named(engine, reading.words, made)).or_else(|| passed_over(engine, reading.words));
    Some(What::Fleeting { table, by: by? })
}

/// What a constraint of SQLite's does with a row that it does not let in: leaves it out, or another one for it.
fn passed_over(engine: Engine, words: &[Word<'_>]) -> Option<String> {
    let mut three = words.windows(3).filter(|some| some[0].is("on") && some[1].is("conflict"));
    let word = three.find(|some| some[2].is_any(&["ignore", "replace"])).filter(|_| engine == Engine::Sqlite)?[2];
    Some(format!("on conflict {}", word.text.to_ascii_lowercase()))
}

fn kind(reading: &mut Reading<'_>) -> Option<String> {
    reading.eat(&["global", "local"]);
    let kinds = [("temporary", "temporary"), ("temp", "temporary"), ("unlogged", "unlogged")];
    kinds.into_iter().find(|(word, _)| reading.eat(&[word])).map(|(_, kind)| kind.to_owned())
}

/// The engine behind the name of a table, or the session's, where it is none that keeps rows.
fn named(engine: Engine, words: &[Word<'_>], made: &Made) -> Option<String> {
    (engine == Engine::Mysql).then_some(())?;
    // Of several the last one counts.
    let said = words.windows(3).enumerate().rev().find_map(|(n, some)| {
        // Not a column of that name.
        let is_option = some[0].is("engine") && !(n > 0 && words[n - 1].is_any(&["(", ","]) && !some[1].is("="));
        is_option.then(|| if some[1].is("=") { some[2] } else { some[1] })
    });
    let said = said.or_else(|| match words {
        [.., engine, name] if engine.is("engine") => Some(*name),
        _ => None,
    });
    let is_like = words.iter().take(2).any(|word| word.is("like"));
    let name =
        said.map(|word| text(&word)).or_else(|| made.default_engine().map(str::to_owned).filter(|_| !is_like))?;
    (!KEEPING.contains(&name.as_str())).then_some(name)
}
