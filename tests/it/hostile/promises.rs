//! The table of promises in `docs/security.md` names the test of each: one that was renamed or went away is missed.

use std::path::Path;

/// All Rust text below a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands between a pair of backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Nothing else that the page writes so is as long.
fn is_test(name: &str) -> bool {
    name.matches('_').count() >= 4 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn every_promise_has_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for folder in ["src", "model/src", "app/src", "tests", "app/tests"] {
        sources(&root.join(folder), &mut all);
    }
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let table = page.split_once("## Promises").unwrap().1.split_once("## Reporting").unwrap().0;
    let rows: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| **")).skip(1).collect();
    assert!(rows.len() > 30, "the table has {} rows", rows.len());
    let untested: Vec<_> = rows.iter().filter(|row| !quoted(row).any(is_test)).collect();
    assert!(untested.is_empty(), "no test is named: {untested:#?}");
    let gone: Vec<_> = quoted(&page).filter(|name| is_test(name) && !all.contains(&format!("fn {name}("))).collect();
    assert!(gone.is_empty(), "there is no such test: {gone:#?}");
}
