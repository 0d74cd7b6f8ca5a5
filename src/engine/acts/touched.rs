//! Tables whose rows a statement deletes or writes over, however few, and those that it hangs a trigger or a rule on.

use super::What;
use super::assigned::assignments;
use super::reading::{Reading, outside, starts};
use super::terms::peeled;
use super::words::Word;

/// Of a statement without the queries that are named before it.
pub(super) fn touched(words: &[Word<'_>]) -> Vec<What> {
    let touch = |by| move |table| What::Touches { table, by, columns: None, later: false };
    let mut reading = Reading::new(words);
    match () {
        () if reading.eat(&["delete"]) => {
            while reading.eat(&["low_priority", "quick", "ignore"]) {}
            let refs = outside(reading.words, &["where", "returning", "order", "limit"]);
            tables(&reading.words[..refs.unwrap_or(reading.words.len())]).into_iter().map(touch("delete")).collect()
        }
        () if reading.eat(&["merge"]) => {
            reading.eat(&["into"]);
            reading.eat(&["only"]);
            reading.name().into_iter().map(touch("merge")).collect()
        }
        () if reading.eat(&["update"]) => {
            while reading.eat(&["low_priority", "ignore", "only"]) {}
            if reading.eat(&["or"]) {
                reading.words = reading.words.get(1..).unwrap_or_default();
            }
            let Some(set) = outside(reading.words, &["set"]) else { return Vec::new() };
            let columns: Vec<String> =
                assignments(&reading.words[set + 1..]).into_iter().flat_map(|(columns, _)| columns).collect();
            let of = |table| What::Touches { table, by: "update", columns: Some(columns.clone()), later: false };
            tables(peeled(&reading.words[..set])).into_iter().map(of).collect()
        }
        () if starts(words, &["replace"])
            || words.windows(2).any(|pair| pair[0].is("replace") && pair[1].is("into")) =>
        {
            let at = words.iter().position(|word| word.is("into")).unwrap_or_default();
            let mut reading = Reading::new(&words[at + 1..]);
            reading.eat(&["table"]);
            reading.name().into_iter().map(touch("replace")).collect()
        }
        () if reading.eat(&["insert"]) => {
            let updates =
                |pair: &[Word<'_>]| (pair[0].is("do") && pair[1].is("update")) || starts(pair, &["on", "duplicate"]);
            let into = words.iter().position(|word| word.is("into")).filter(|_| words.windows(2).any(updates));
            let table = into.and_then(|at| Reading::new(&words[at + 1..]).name());
            table.into_iter().map(touch("on conflict")).collect()
        }
        () => Vec::new(),
    }
}

/// The tables that stand here, apart from how they are joined: all that may be meant.
fn tables(words: &[Word<'_>]) -> Vec<String> {
    let breaks = ["join", "from", "using", ","];
    let mut found = Vec::new();
    for part in words.split(|word| word.is_any(&breaks)) {
        let mut reading = Reading::new(part);
        reading.eat(&["only"]);
        found.extend(reading.name());
    }
    found
}

/// `create trigger g before insert on t`, `create rule r as on insert to t`: what comes in may be turned away.
pub(super) fn hooked(words: &[Word<'_>]) -> Option<What> {
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    let head = &reading.words[..reading.words.len().min(12)];
    let kind = head.iter().position(|word| word.is_any(&["trigger", "rule", "table", "index", "view", "function"]))?;
    let (by, sign) = match () {
        () if head[kind].is("trigger") => ("trigger", "on"),
        () if head[kind].is("rule") => ("rule", "to"),
        () => return None,
    };
    let at = kind + outside(&reading.words[kind..], &[sign])?;
    let table = Reading::new(&reading.words[at + 1..]).name()?;
    Some(What::Touches { table, by, columns: None, later: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::acts::words;

    #[test]
    fn every_table_whose_rows_may_go_is_found() {
        for (sql, tables) in [
            ("delete from n where b > 3", vec!["n"]),
            ("delete n from n join u on u.id = n.id", vec!["n", "n", "u"]),
            ("update n set c = null", vec!["n"]),
            ("merge into n using u on u.id = n.id when matched then delete", vec!["n"]),
            ("replace into n values (1)", vec!["n"]),
            ("insert or replace into n values (1)", vec!["n"]),
            ("insert into n values (1) on conflict do nothing", vec![]),
            ("insert into n values (1) on conflict (id) do update set c = 1", vec!["n"]),
        ] {
            let words = words::of(Engine::Sqlite, sql);
            let found: Vec<String> = touched(&words)
                .into_iter()
                .filter_map(|what| match what {
                    What::Touches { table, .. } => Some(table),
                    _ => None,
                })
                .collect();
            assert_eq!(found, tables, "{sql}");
        }
        let words = words::of(Engine::Mysql, "create trigger g before insert on n for each row set new.a = 1");
        assert!(matches!(hooked(&words), Some(What::Touches { table, later: true, .. }) if table == "n"));
    }
}
