//! Partitions by lists of values: what each takes, and what is thrown away where they are made anew for fewer. Of ranges the server
//! sees to it itself.

use super::What;
use super::made::{Listed, Made};
use super::reading::{Reading, parts, starts};
use super::unseen::altered;
use super::words::Word;
use crate::engine::Engine;

/// `partition p0 values in (1, 2), partition p1 default`
fn listed(words: &[Word<'_>]) -> Vec<Listed> {
    let of = |at: usize| {
        let mut reading = Reading::new(&words[at + 1..]);
        let name = reading.name()?;
        if reading.eat(&["default"]) {
            return Some(Listed { name, values: Vec::new(), is_rest: true });
        }
        reading.eat_all(&["values", "in"]).then_some(())?;
        let text = |value: &[Word<'_>]| value.iter().map(|word| word.text.to_lowercase()).collect::<String>();
        let values: Vec<String> = parts(reading.parens()?, ",").into_iter().map(text).collect();
        Some(Listed { name, is_rest: values.iter().any(|value| value == "default"), values })
    };
    (0..words.len()).filter(|at| words[*at].is("partition")).filter_map(of).collect()
}

/// The partitions that a statement makes anew, and what of.
fn reorganized(words: &[Word<'_>]) -> Option<(String, Vec<String>, Vec<Listed>)> {
    let (table, _) = altered(words).into_iter().next()?;
    let at = words.windows(2).position(|pair| starts(pair, &["reorganize", "partition"]))?;
    let into = at + words[at..].iter().position(|word| word.is("into"))?;
    let names = parts(&words[at + 2..into], ",").into_iter().filter_map(|part| Reading::new(part).name()).collect();
    Some((table, names, listed(Reading::new(&words[into + 1..]).parens()?)))
}

/// What MariaDB throws away without a word: rows whose values none of the new partitions takes.
pub(super) fn thrown(engine: Engine, words: &[Word<'_>], made: &Made) -> Option<What> {
    let (table, names, new) = if engine == Engine::Mysql { reorganized(words)? } else { return None };
    if new.is_empty() || new.iter().any(|one| one.is_rest) {
        return None;
    }
    let old: Option<Vec<&Listed>> = names.iter().map(|name| made.partition(&table, name)).collect();
    let is_held = |value: &String| new.iter().any(|one| one.values.contains(value));
    let are_held = old.is_some_and(|old| old.iter().all(|one| !one.is_rest && one.values.iter().all(is_held)));
    let names = names.join(", ");
    let does = format!(
        "makes the partitions {names} of {table} anew for other values: rows of those that none of the new ones takes are gone"
    );
    (!are_held).then_some(What::DropRows { does, table, partition: None })
}

/// What a statement leaves of the partitions of a table.
pub(super) fn learn(engine: Engine, words: &[Word<'_>], made: &mut Made) {
    if engine != Engine::Mysql || !words.iter().any(|word| word.is("partition")) {
        return;
    }
    let Some(at) = words.iter().take(8).position(|word| word.is("table")) else { return };
    let mut reading = Reading::new(&words[at + 1..]);
    reading.eat_if();
    let Some(table) = reading.name() else { return };
    let (gone, new) = match reorganized(words) {
        Some((_, names, new)) => (names, new),
        None => (Vec::new(), listed(reading.words)),
    };
    let is_all = words[0].is("create") || words.windows(2).any(|pair| starts(pair, &["partition", "by"]));
    let known = made.partitions(&table);
    known.retain(|one| !is_all && !gone.contains(&one.name));
    known.extend(new);
}

/// `alter ignore table t partition by …`
pub(super) fn ignored(table: &str, operation: &[Word<'_>]) -> Option<What> {
    let does = format!("throws away the rows of {table} that none of the partitions takes, as alter ignore does");
    starts(operation, &["partition", "by"]).then(|| What::DropRows { does, table: table.to_owned(), partition: None })
}
