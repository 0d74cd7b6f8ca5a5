//! How a run and its parts are told on pages.

use neo::engine::Category;
use neo::requests::Guard;
use neo::runs::{Failure, Goal, Kind, Reason, Run, Status, Task, TaskStatus};
use neo::tenants::Filter;

use crate::ui::Mark;
use crate::ui::text::{count, number, sentence, version};

/// Why a run may want somebody else's yes.
pub const ASKED: &[Guard] = &[Guard::Rollback, Guard::AllTenants];

/// `all active tenants`, `acme-nl`, `3 tenants`, `active tenants on pg-eu-1 behind …0006`.
pub fn target(filter: &Filter) -> String {
    match filter.keys.as_slice() {
        [] => {}
        [one] => return one.clone(),
        many => return count(many.len() as i64, "tenant"),
    }
    let mut text = String::new();
    let mut add = |part: String| {
        text.push(' ');
        text.push_str(&part);
    };
    if let Some(server) = &filter.server {
        add(format!("on {server}"));
    }
    for tag in &filter.tags {
        add(format!("tagged {tag}"));
    }
    if let Some(at) = filter.version {
        add(format!("at {}", version(Some(at))));
    }
    if let Some(behind) = filter.behind {
        add(format!("behind {}", version(Some(behind))));
    }
    if !filter.states.is_empty() {
        let states: Vec<&str> = filter.states.iter().map(|state| state.word()).collect();
        add(format!("last seen {}", states.join(" or ")));
    }
    if filter.quarantined {
        add("in quarantine".to_owned());
    }
    if let Some(part) = &filter.text {
        add(format!("containing “{part}”"));
    }
    if text.is_empty() { "all active tenants".to_owned() } else { format!("active tenants{text}") }
}

pub fn verb(goal: &Goal) -> &'static str {
    goal.kind().word()
}

/// `Run 1842 · migrate all active tenants`
pub fn title(run: &Run) -> String {
    format!("Run {} · {} {}", run.number, verb(&run.goal), target(&run.selection))
}

pub fn run_mark(run: &Run) -> (Mark, String) {
    let (mark, now) = (Mark::from(run.status), sentence(run.status.word()));
    match run.wanted {
        // It is still finishing what it has begun.
        Some(wanted) => (mark, format!("{now}, soon {}", wanted.word())),
        // Nothing failed, and yet somebody should look.
        None if run.status == Status::Succeeded && run.tenants.drifted > 0 => {
            (Mark::Drifted, format!("{now}, {} drifted", number(run.tenants.drifted)))
        }
        None => (mark, now),
    }
}

/// `3 tenants have drifted`, without the number.
pub fn drifted_told(n: i64) -> &'static str {
    if n == 1 { "tenant has drifted" } else { "tenants have drifted" }
}

/// What sets so many tenants apart, in one sentence.
pub fn drifted(n: i64) -> String {
    let whose = if n == 1 { "Its" } else { "Their" };
    format!("{whose} schema is not the one that most tenants with the same migrations have.")
}

/// How many tenants of a run have another schema than most, told beside those that succeeded. In a verification they are
/// counted apart: there they are what was looked for.
pub fn drifted_apart(run: &Run) -> i64 {
    if run.kind == Kind::Verify { run.tenants.drifted } else { 0 }
}

/// What is said of a tenant that a verification compared with nobody.
pub const ALONE: &str = "with nothing to compare with";

pub fn task_mark(task: &Task, kind: Kind) -> (Mark, String) {
    match (task.status, &task.reason, kind) {
        (TaskStatus::Succeeded | TaskStatus::Skipped, Some(Reason::Current), _) => (Mark::Ok, "Current".into()),
        (TaskStatus::Succeeded, Some(Reason::Drifted), _) => (Mark::Drifted, "Drifted".into()),
        (TaskStatus::Succeeded, Some(alone @ Reason::Uncompared), _) => (Mark::Skipped, sentence(alone.word())),
        (TaskStatus::Succeeded, _, Kind::Migrate) => (Mark::Ok, "Migrated".into()),
        (TaskStatus::Succeeded, _, Kind::Rollback) => (Mark::Ok, "Rolled back".into()),
        (TaskStatus::Succeeded, _, Kind::Verify) => (Mark::Ok, "Verified".into()),
        (TaskStatus::Succeeded, _, Kind::Provision) => (Mark::Ok, "Provisioned".into()),
        (TaskStatus::Succeeded, _, Kind::Backup) => (Mark::Ok, "Backed up".into()),
        (TaskStatus::Succeeded, _, Kind::Rotate) => (Mark::Ok, "Renewed".into()),
        (TaskStatus::Skipped, Some(why), _) => (Mark::Skipped, format!("Skipped: {}", why.word())),
        (status, _, _) => (Mark::from(status), sentence(status.word())),
    }
}

/// What succeeding is called in a run of this kind.
pub fn done(kind: Kind) -> &'static str {
    match kind {
        Kind::Migrate => "migrated",
        Kind::Rollback => "rolled back",
        Kind::Verify => "verified",
        Kind::Provision => "provisioned",
        Kind::Backup => "backed up",
        Kind::Rotate => "renewed",
    }
}

/// The database's words in one line, with its code and the place in the file.
pub fn failure_line(failure: &Failure) -> String {
    let mut text = failure.message.clone();
    if let Some(code) = &failure.code {
        text.push_str(&format!(" · code {code}"));
    }
    if let Some(line) = failure.line {
        text.push_str(&format!(" · line {line}"));
    }
    text
}

/// `20250126000006_add_custom_fields:3:13`
pub fn place(failure: &Failure) -> Option<String> {
    let mut text = failure.migration.clone()?;
    if let Some(line) = failure.line {
        text.push_str(&format!(":{line}"));
        if let Some(column) = failure.column {
            text.push_str(&format!(":{column}"));
        }
    }
    Some(text)
}

/// What a failure of this category means, before the database's own words.
pub fn meaning(category: Category) -> &'static str {
    match category {
        Category::Connect => "The database cannot be reached",
        Category::Auth => "The login is refused",
        Category::Lock => "Another session holds the lock",
        Category::Timeout => "It took too long",
        Category::Checksum => "A migration that was applied reads differently now",
        Category::Dirty => "An earlier migration stopped half way",
        Category::Constraint => "The data breaks a constraint",
        Category::Syntax => "The database cannot read a statement",
        Category::Exists => "Something that the migration makes is there already",
        Category::Permission => "The tenant's role may not do this",
        Category::Disk => "The disk is full or failing",
        Category::Other => "The database refused a statement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(keys: &[&str]) -> Filter {
        Filter { keys: keys.iter().map(|k| (*k).to_owned()).collect(), ..Filter::default() }
    }

    #[test]
    fn a_selection_is_told_in_words() {
        assert_eq!(target(&Filter::default()), "all active tenants");
        assert_eq!(target(&filter(&["acme"])), "acme");
        assert_eq!(target(&filter(&["a", "b"])), "2 tenants");
        let some = Filter { server: Some("pg-eu-1".into()), behind: Some(20_250_126_000_006), ..Filter::default() };
        assert_eq!(target(&some), "active tenants on pg-eu-1 behind …0006");
    }
}
