//! The record that knex keeps in the database that it migrates, under whatever name it was given (`tableName`), and the lock beside it:
//! a tool's, like the ones that everybody calls alike. Known by what it is made of.

use std::collections::{BTreeMap, BTreeSet};

/// The columns of the record, and of its lock, which had no number once.
const RECORD: [&str; 4] = ["batch", "id", "migration_time", "name"];
const LOCK: [&str; 2] = ["index", "is_locked"];
/// What the lock is called, behind the name of the record.
const BESIDE: &str = "_lock";

/// The tables that are such a record with its lock beside it, as the lines call them.
pub(super) fn records(lines: &[String]) -> Vec<String> {
    let columns = || lines.iter().filter_map(|line| column(line));
    // Most schemas have no lock, and are not read any further.
    let locks: BTreeSet<&str> = columns().filter(|(_, name)| *name == LOCK[1]).map(|(table, _)| table).collect();
    let named: BTreeSet<&str> = locks.into_iter().filter_map(|lock| lock.strip_suffix(BESIDE)).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let mut made_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, name) in columns().filter(|(table, _)| named.contains(table.strip_suffix(BESIDE).unwrap_or(table))) {
        made_of.entry(table).or_default().insert(name);
    }
    let is_record = |table: &&str| {
        let lock = made_of.get(format!("{table}{BESIDE}").as_str());
        made_of.get(table).is_some_and(|columns| columns.iter().eq(&RECORD))
            && lock.is_some_and(|columns| columns.iter().all(|name| LOCK.contains(name)))
    };
    named.into_iter().filter(is_record).map(str::to_owned).collect()
}

/// Whether a line tells of one of these tables, or of its lock.
pub(super) fn is_of(records: &[String], line: &str) -> bool {
    let Some(table) = table(line).filter(|_| !records.is_empty()) else { return false };
    records
        .iter()
        .any(|record| table.strip_prefix(record.as_str()).is_some_and(|rest| rest.is_empty() || rest == BESIDE))
}

/// The table and the name of a column.
fn column(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("column ")?.split(' ').next()?.rsplit_once('.')
}

/// The table that a line is about: itself, or a column, an index, a constraint or a sequence of it.
fn table(line: &str) -> Option<&str> {
    let first = |text: &'static str| line.strip_prefix(text);
    if let Some((table, _)) = column(line) {
        return Some(table);
    }
    if let Some(of) = first("sequence ") {
        let owner = of.strip_prefix("of ").or_else(|| Some(of.split_once(" owned by ")?.1))?;
        return owner.split(' ').next()?.rsplit_once('.').map(|(table, _)| table);
    }
    let rest = match first("table ").or_else(|| first("unlogged table ")) {
        Some(rest) => rest,
        None => {
            let of_table = ["primary key ", "constraint ", "index ", "unique index "];
            of_table.iter().find(|word| line.starts_with(**word))?;
            line.split_once(" on ")?.1
        }
    };
    rest.split([' ', '(', ':']).next().map(|name| name.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: [&str; 15] = [
        "column past.id integer not null default nextval('past_id_seq'::regclass)",
        "column past.name character varying(255)",
        "column past.batch integer",
        "column past.migration_time timestamp with time zone",
        "column past_lock.index integer not null",
        "column past_lock.is_locked integer",
        "constraint past_pkey on past PRIMARY KEY (id)",
        "index past_name on past (name)",
        "unique index past_batch on past: create unique index past_batch on past (batch) where id > 3",
        "primary key on past_lock (index)",
        "sequence past_id_seq owned by past.id as integer start 1",
        "sequence of past_lock.index as integer start 1",
        "table past",
        "table past_lock engine InnoDB",
        "unlogged table past",
    ];

    fn lines(more: &[&str]) -> Vec<String> {
        THEIRS.iter().chain(more).map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_record_is_known_by_what_it_is_made_of_with_all_that_is_told_of_it() {
        let lines = lines(&[
            "table pasta",
            "column pasta.id integer",
            "index on_past on pasta (past)",
            "view past as select 1",
        ]);
        let found = records(&lines);
        assert_eq!(found, ["past"]);
        let left: Vec<_> = lines.iter().filter(|line| !is_of(&found, line)).collect();
        assert_eq!(
            left,
            ["table pasta", "column pasta.id integer", "index on_past on pasta (past)", "view past as select 1"]
        );
    }

    #[test]
    fn what_has_something_of_its_own_or_no_lock_is_no_record() {
        assert_eq!(records(&lines(&["column past.author text"])), Vec::<String>::new());
        assert_eq!(records(&lines(&["column past_lock.author text"])), Vec::<String>::new());
        let alone: Vec<_> = lines(&[]).into_iter().filter(|line| !line.contains("_lock")).collect();
        assert_eq!(records(&alone), Vec::<String>::new());
        assert_eq!(records(&[]), Vec::<String>::new());
    }
}
