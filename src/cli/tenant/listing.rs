//! A file of tenants: CSV with a head line, or JSON (an array, or an object a line). Every bad line is named before anything
//! is done.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result, printable};

/// In bytes: more than a hundred thousand tenants take.
const LONGEST: u64 = 64 << 20;
/// How many bad lines are named, one by one.
const NAMED: usize = 20;

/// What a file holds: the entries with the numbers of their lines (in an array of JSON: their places), and what is wrong with
/// the others.
pub struct Listing<T> {
    pub entries: Vec<(usize, T)>,
    pub bad: Vec<(usize, String)>,
}

pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Listing<T>> {
    let unread = |why: String| Error::invalid("from_file", format!("{} cannot be read", path.display())).cause(why);
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|e| unread(e.to_string()))?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|e| unread(e.to_string()))?;
    if text.len() as u64 > LONGEST {
        return Err(unread(format!("it is longer than {} MiB", LONGEST >> 20)));
    }
    let entries = match path.extension().and_then(|end| end.to_str()) {
        Some("json" | "jsonl" | "ndjson") => json(&text),
        _ => csv(&text),
    };
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (line, entry) in entries {
        match entry {
            Ok(entry) => good.push((line, entry)),
            Err(why) => bad.push((line, why)),
        }
    }
    if good.is_empty() && bad.is_empty() {
        return Err(Error::invalid("from_file", format!("{} names no tenant", path.display())));
    }
    Ok(Listing { entries: good, bad })
}

impl<T> Listing<T> {
    /// Adds what is named twice, by what `key` says of an entry.
    pub fn once(&mut self, key: impl Fn(&T) -> Option<String>) {
        let mut seen = HashSet::new();
        for (line, entry) in &self.entries {
            if let Some(key) = key(entry)
                && !seen.insert(key.clone())
            {
                self.bad.push((*line, format!("{key} is named twice")));
            }
        }
    }
}

/// An error that lists what is wrong with which line; nothing when the list is empty.
pub fn refuse(path: &Path, bad: &[(usize, String)]) -> Result<()> {
    if bad.is_empty() {
        return Ok(());
    }
    let mut bad = bad.to_vec();
    bad.sort();
    let mut lines: Vec<_> = bad.iter().take(NAMED).map(|(line, why)| format!("{line}: {}", printable(why))).collect();
    if bad.len() > NAMED {
        lines.push(format!("and {} more", bad.len() - NAMED));
    }
    let of = if bad.len() == 1 { "1 entry".to_owned() } else { format!("{} entries", bad.len()) };
    Err(Error::invalid("from_file", format!("{of} of {} cannot be taken; nothing was done", path.display()))
        .cause(lines.join("\n")))
}

fn json<T: DeserializeOwned>(text: &str) -> Vec<(usize, Result<T, String>)> {
    let one = |value| serde_json::from_value(value).map_err(|e: serde_json::Error| without_value(&e.to_string()));
    if text.trim_start().starts_with('[') {
        return match serde_json::from_str::<Vec<serde_json::Value>>(text) {
            Ok(values) => values.into_iter().enumerate().map(|(i, value)| (i + 1, one(value))).collect(),
            Err(e) => vec![(e.line(), Err(e.to_string()))],
        };
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(i, line)| (i + 1, serde_json::from_str(line).map_err(|e| without_value(&e.to_string())))).collect()
}

/// `invalid type: integer, expected a string`: the value itself may be a password.
fn without_value(why: &str) -> String {
    match (why.find(": "), why.rfind(", expected ")) {
        (Some(kind), Some(end)) if why.starts_with("invalid ") && kind < end => {
            let word = why[kind + 2..end].split([' ', '(']).next().unwrap_or_default();
            format!("{}: {word}{}", &why[..kind], &why[end..])
        }
        _ => why.to_owned(),
    }
}

fn csv<T: DeserializeOwned>(text: &str) -> Vec<(usize, Result<T, String>)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let head = match reader.headers() {
        Ok(head) => head.clone(),
        Err(e) => return vec![(1, Err(e.to_string()))],
    };
    // Before any line is read: a file may have but one, and that a tenant's.
    let nothing = csv::StringRecord::from(vec![""; head.len()]);
    if let Some(which) = nothing.deserialize::<T>(Some(&head)).err().and_then(|why| unknown(&why.to_string())) {
        return vec![(1, Err(no_such_column(&which)))];
    }
    let records = reader.records().map(|record| match record {
        Ok(record) => {
            let line = record.position().map_or(0, |at| line_of(text, at));
            (line, record.deserialize(Some(&head)).map_err(|e| e.to_string()))
        }
        Err(e) => (e.position().map_or(0, |at| at.line() as usize), Err(e.to_string())),
    });
    named_in_the_head(records.collect())
}

/// A head that is none, or has a column that there is not, is one mistake and not one a line.
fn named_in_the_head<T>(records: Vec<(usize, Result<T, String>)>) -> Vec<(usize, Result<T, String>)> {
    let all: Option<Vec<String>> =
        records.iter().map(|(_, entry)| entry.as_ref().err().and_then(|why| unknown(why))).collect();
    match all.and_then(|all| all.into_iter().next()) {
        Some(which) => vec![(1, Err(no_such_column(&which)))],
        None => records,
    }
}

/// Which column there is not, and which there are.
fn unknown(why: &str) -> Option<String> {
    const UNKNOWN: &str = "unknown field ";
    why.find(UNKNOWN).map(|at| why[at + UNKNOWN.len()..].to_owned())
}

fn no_such_column(which: &str) -> String {
    format!("the first line names the columns, and there is none called {which}")
}

/// The reader's position is where it began to look: comments and empty lines that it then skipped are counted here.
fn line_of(text: &str, at: &csv::Position) -> usize {
    let skipped = text.get(at.byte() as usize..).unwrap_or_default().lines();
    at.line() as usize + skipped.take_while(|line| line.is_empty() || line.starts_with('#')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        slug: String,
        name: Option<String>,
    }

    fn of(end: &str, text: &str) -> Result<Vec<(usize, Entry)>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("tenants.{end}"));
        std::fs::write(&path, text).expect("written");
        let listing = read(&path)?;
        refuse(&path, &listing.bad)?;
        Ok(listing.entries)
    }

    #[test]
    fn the_same_tenants_in_three_forms() {
        let entry = |slug: &str, name: Option<&str>| Entry { slug: slug.into(), name: name.map(str::to_owned) };
        let csv = of("csv", "slug,name\nacme,\"Acme, Inc.\"\n# not yet\nbeta,\n").expect("csv");
        assert_eq!(csv, [(2, entry("acme", Some("Acme, Inc."))), (4, entry("beta", None))]);
        let array = of("json", r#"[{"slug":"acme"},{"slug":"beta","name":"B"}]"#).expect("an array");
        assert_eq!(array, [(1, entry("acme", None)), (2, entry("beta", Some("B")))]);
        assert_eq!(of("jsonl", "{\"slug\":\"acme\"}\n\n").expect("lines"), [(1, entry("acme", None))]);
    }

    #[test]
    fn every_bad_line_is_named() {
        let error = of("csv", "slug,name\nacme\nbeta,B\ngamma,G,extra\n").expect_err("bad");
        assert!(error.message.starts_with("2 entries of"), "{}", error.message);
        let cause = error.cause.expect("the lines");
        assert!(cause.contains("2: ") && cause.contains("4: "), "{cause}");
        assert!(of("csv", "slug,nam\nacme,A\n").expect_err("an unknown column").cause.expect("why").contains("nam"));
        assert!(of("json", "[]").expect_err("empty").message.contains("names no tenant"));
    }

    #[test]
    fn a_file_without_a_head_is_told_that_it_has_none() {
        let error = of("csv", "acme,Acme\nbeta,Beta\n").expect_err("no head");
        assert!(error.message.starts_with("1 entry of"), "{}", error.message);
        let cause = error.cause.expect("why");
        assert!(cause.starts_with("1: the first line names the columns, and there is none called `acme`"), "{cause}");
        assert!(cause.contains("`slug`"), "{cause}");
        // One line is a head or a tenant; a head alone names nobody.
        for line in ["acme\n", "acme,Acme", "# ours\nacme,Acme\n", "acme,Acme\nbeta\n"] {
            let error = of("csv", line).expect_err("no head");
            assert!(error.cause.expect("why").contains("there is none called `acme`"), "{line:?}");
        }
        for line in ["slug,name\n", "slug", ""] {
            assert!(of("csv", line).expect_err("nobody").message.contains("names no tenant"), "{line:?}");
        }
    }

    #[test]
    fn what_stands_at_the_wrong_place_is_not_repeated() {
        for (text, told) in [
            ("{\"slug\": 98431}", "invalid type: integer, expected a string"),
            ("[{\"slug\": 98431}]", "invalid type: integer, expected a string"),
            ("{\"slug\": [\"98431, expected \"]}", "invalid type: sequence, expected a string"),
            ("{\"slug\": 1.98431}", "invalid type: floating, expected a string"),
            ("{\"slug\": true}", "invalid type: boolean, expected a string"),
        ] {
            let why = of("json", text).expect_err("no slug").cause.expect("why");
            assert!(why.contains(told) && !why.contains("98431"), "{why}");
        }
    }
}
