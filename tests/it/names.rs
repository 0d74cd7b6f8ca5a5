//! What is stored, sent and typed has one name, which is written in `model/` alone: not once more as a text in the code. In SQL
//! a name stands as it is.

use std::fs;
use std::path::{Path, PathBuf};

use neo_model::{
    AccountStatus, AuditOutcome, Door, EventKind, OnError, Reason, Role, RunKind, RunStatus, StepState, TaskStatus,
    TenantState, TenantStatus, Wait,
};

/// Where the same words are somebody else's: SQL's, those of a tenant's own tables, of a server's address, the parts of a page's.
const NOT_OURS: [&str; 5] =
    ["src/engine", "src/migrations", "src/tenant_users", "src/servers/new.rs", "app/src/rooms/tenants/links.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The files and their texts, without what only tests see.
fn code() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "app/src"] {
        sources(&root.join(folder), &mut files);
    }
    let texts = files.into_iter().map(|path| {
        let name = path.strip_prefix(root).expect("below it").display().to_string();
        let text = fs::read_to_string(&path).expect("a text");
        let end = text.find("#[cfg(test)]\nmod").unwrap_or(text.len());
        (name, text[..end].to_owned())
    });
    texts
        .filter(|(name, _)| !name.ends_with("tests.rs") && !NOT_OURS.iter().any(|room| name.starts_with(room)))
        .collect()
}

/// The lines on which `name` is a text of the code, where `is_meant` says so of what stands before and after it.
fn spelled(name: &str, is_meant: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let literal = format!("\"{name}\"");
    let mut found = Vec::new();
    for (file, text) in code() {
        for (number, line) in text.lines().enumerate() {
            let mut places = line.match_indices(&literal);
            if places.any(|(at, _)| is_meant(&line[..at], &line[at + literal.len()..])) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn an_event_is_never_named_by_a_text() {
    let spelled: Vec<_> = EventKind::ALL.iter().flat_map(|kind| spelled(kind.as_str(), |_, _| true)).collect();
    assert!(spelled.is_empty(), "these are EventKind's:\n{}", spelled.join("\n"));
}

/// A label may well be the same word: what is compared, matched or written into the database is a value.
#[test]
fn a_status_or_a_reason_is_never_compared_with_a_text() {
    let mut names: Vec<String> = Reason::NAMED.iter().map(|reason| reason.as_str().to_owned()).collect();
    names.extend(RunKind::ALL.map(|value| value.to_string()));
    names.extend(RunStatus::ALL.map(|value| value.to_string()));
    names.extend(TaskStatus::ALL.map(|value| value.to_string()));
    names.extend(TenantStatus::ALL.map(|value| value.to_string()));
    names.extend(TenantState::ALL.map(|value| value.to_string()));
    names.extend(StepState::ALL.map(|value| value.to_string()));
    names.extend(AccountStatus::ALL.map(|value| value.to_string()));
    names.extend(AuditOutcome::ALL.map(|value| value.to_string()));
    names.extend(Role::ALL.map(|value| value.to_string()));
    names.extend(Door::ALL.map(|value| value.to_string()));
    names.extend(OnError::ALL.map(|value| value.to_string()));
    names.extend(Wait::ALL.map(|value| value.to_string()));
    names.sort();
    names.dedup();
    let is_value = |before: &str, after: &str| {
        let compared = ["== ", "!= ", ".bind(", " | "].iter().any(|sign| before.ends_with(sign));
        let matched = [" =>", " | ", ") =>"].iter().any(|sign| after.starts_with(sign));
        compared || matched || before.ends_with("Some(") && after.starts_with(')')
    };
    let spelled: Vec<_> = names.iter().flat_map(|name| spelled(name, is_value)).collect();
    assert!(spelled.is_empty(), "these have a value in neo_model:\n{}", spelled.join("\n"));
}
