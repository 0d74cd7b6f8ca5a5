//! What is taken back again: all since a savepoint, or since a transaction began. It is as if it had not been done.

use super::reading::{Reading, starts};
use super::words::Word;
use super::{Act, What, plain};
use crate::engine::Engine;

/// Where something can be taken back to, stays for good, or is taken back.
pub(super) fn mark(engine: Engine, words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    // SQLite takes a text for a name.
    let named = |reading: &Reading<'_>| {
        let word = reading.words.first()?;
        Some(word.said().map_or_else(|| plain(word.text), |(text, _)| text.to_lowercase()))
    };
    if reading.eat(&["savepoint"]) {
        return Some(What::Saves { name: Some(named(&reading)?) });
    }
    if reading.eat(&["release"]) {
        reading.eat(&["savepoint"]);
        return Some(What::Keeps { name: Some(named(&reading)?) });
    }
    if reading.eat(&["rollback", "abort"]) {
        reading.eat(&["work", "transaction"]);
        if reading.eat(&["to"]) {
            reading.eat(&["savepoint"]);
            return Some(What::TakesBack { to: Some(named(&reading)?) });
        }
        return (!starts(reading.words, &["prepared"])).then_some(What::TakesBack { to: None });
    }
    match () {
        () if starts(words, &["begin"]) || starts(words, &["start", "transaction"]) => Some(What::Saves { name: None }),
        () if starts(words, &["commit"]) || starts(words, &["end"]) => Some(What::Keeps { name: None }),
        () => (engine == Engine::Mysql && by_hand(words)).then_some(What::Saves { name: None }),
    }
}

/// `set autocommit = 0`
fn by_hand(words: &[Word<'_>]) -> bool {
    let is_off = |some: &[Word<'_>]| {
        let named = some[0].text.trim_start_matches('@').eq_ignore_ascii_case("autocommit");
        named && some[1].is_any(&["=", ":="]) && some[2].is_any(&["0", "off", "false"])
    };
    starts(words, &["set"]) && words.windows(3).any(is_off)
}

/// The acts of a file without those that are taken back.
pub(super) fn without_undone(engine: Engine, acts: Vec<Act>) -> Vec<Act> {
    if !acts.iter().any(|act| matches!(act.what, What::TakesBack { .. })) {
        return acts;
    }
    let mysql = engine == Engine::Mysql;
    let mut undone: Vec<bool> = vec![false; acts.len()];
    let mut begun: Option<usize> = None;
    let mut points: Vec<(&str, usize)> = Vec::new();
    for (n, act) in acts.iter().enumerate() {
        let in_doubt = mysql || act.maybe;
        let mut undo = |from: usize| {
            let since = undone[from..n].iter_mut().zip(&acts[from..n]);
            since.for_each(|(undone, act)| *undone |= is_undone(&act.what, in_doubt));
        };
        match &act.what {
            // A second one ends the first on MySQL, and is nothing elsewhere.
            What::Saves { name: None } => {
                begun = begun.filter(|_| !mysql).or(Some(n));
                points.clear();
            }
            What::Saves { name: Some(name) } => {
                // PostgreSQL and SQLite keep the one before, which is found again when this one is released.
                points.retain(|(other, _)| !(mysql && other == name));
                points.push((name.as_str(), n));
            }
            What::Keeps { name: Some(name) } => {
                let at = points.iter().rposition(|(other, _)| other == name);
                points.truncate(at.unwrap_or(points.len()));
            }
            What::Keeps { name: None } => {
                begun = begun.filter(|_| mysql).map(|_| n);
                points.clear();
            }
            What::TakesBack { to: Some(name) } => {
                if let Some(at) = points.iter().rposition(|(other, _)| other == name) {
                    undo(points[at].1);
                    points.truncate(at + 1);
                }
            }
            What::TakesBack { to: None } => {
                begun.into_iter().for_each(&mut undo);
                begun = begun.filter(|_| mysql).map(|_| n);
                points.clear();
            }
            // What changes a table there is for good, and all before it.
            what if mysql && ends_transaction(what) => {
                begun = begun.map(|_| n);
                points.clear();
            }
            _ => {}
        }
    }
    acts.into_iter().zip(undone).filter(|(_, undone)| !undone).map(|(act, _)| act).collect()
}

/// Whether an act is not there when it is taken back. Where nobody knows what of it stays, what fills a table is not, and what takes
/// something away is.
fn is_undone(what: &What, in_doubt: bool) -> bool {
    match what {
        What::Copies { .. } => true,
        What::ClientCommand { .. }
        | What::Keeps { .. }
        | What::LeavesDatabase { .. }
        | What::NotUnderstood { .. }
        | What::OutsideTransaction { .. }
        | What::PragmaInTransaction { .. }
        | What::Saves { .. }
        | What::TakesBack { .. }
        | What::TransactionControl { .. }
        | What::Unclosed { .. } => false,
        _ => !in_doubt,
    }
}

/// What MySQL and MariaDB end a transaction with.
fn ends_transaction(what: &What) -> bool {
    matches!(
        what,
        What::CreateTable { temporary: false, .. }
            | What::CreateOther { .. }
            | What::DropTable { .. }
            | What::RenameTable { .. }
            | What::AddColumn { .. }
            | What::DropColumn { .. }
            | What::RenameColumn { .. }
            | What::ChangeType { .. }
            | What::AddConstraint { .. }
            | What::CreateIndex { .. }
            | What::DropIndex { .. }
            | What::Rewrite { .. }
            | What::Truncate { .. }
    )
}
