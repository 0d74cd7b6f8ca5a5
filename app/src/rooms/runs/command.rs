//! A run as the command that starts the same.

use neo::clock;
use neo::runs::{Goal, Kind, Moment, OnError, Policy, Wait};
use neo::tenants::Filter;

use crate::query::Query;
use crate::words::quoted;

/// The same on the command line; nothing for what the command line cannot say in one line. `at` is when it is to begin, if
/// not at once.
pub fn command(
    goal: &Goal,
    selection: &Filter,
    policy: &Policy,
    reason: Option<&str>,
    at: Option<Moment>,
) -> Option<String> {
    // What only the list knows has no flag.
    if selection.text.is_some() || selection.version.is_some() || !selection.states.is_empty() || selection.quarantined
    {
        return None;
    }
    let mut line = String::from(match goal.kind() {
        Kind::Rotate => "neo tenant",
        Kind::Backup => "neo tenant backup",
        Kind::Migrate | Kind::Rollback | Kind::Verify | Kind::Provision => "neo migrate",
    });
    let mut add = |part: &str| {
        line.push(' ');
        line.push_str(part);
    };
    match (goal.kind(), selection.keys.is_empty()) {
        (Kind::Migrate, true) => add("all-tenants"),
        (Kind::Migrate, false) => add("tenant"),
        (Kind::Rollback, _) => add("rollback"),
        (Kind::Verify, _) => add("verify"),
        (Kind::Backup, true) => add("--all"),
        (Kind::Backup, false) => {}
        (Kind::Rotate, _) => add("rotate-password"),
        (Kind::Provision, _) => return None,
    }
    selection.keys.iter().for_each(|key| add(&quoted(key)));
    if selection.keys.is_empty() && matches!(goal.kind(), Kind::Rollback | Kind::Rotate) {
        add("--all");
    }
    match goal {
        Goal::Migrate { to: Some(to) } | Goal::RollbackTo { to } => add(&format!("--to {to}")),
        Goal::RollbackSteps { steps } => add(&format!("--steps {steps}")),
        Goal::RollbackRun { run } => add(&format!("--run {run}")),
        Goal::RotatePassword { older_than_ms: Some(ms) } => add(&format!("--older-than {ms}ms")),
        _ => {}
    }
    if let Some(server) = &selection.server {
        add(&format!("--server {}", quoted(server)));
    }
    selection.tags.iter().for_each(|tag| add(&format!("--tag {}", quoted(tag))));
    if let Some(behind) = selection.behind {
        add(&format!("--behind={behind}"));
    }
    let usual = Policy::default();
    if policy.concurrency != usual.concurrency {
        add(&format!("--concurrency {}", policy.concurrency));
    }
    if policy.on_error == OnError::Stop {
        add("--on-error stop");
    }
    for (n, wave) in policy.waves.iter().enumerate() {
        let flag = if n == 0 { "canary" } else { "wave" };
        add(&format!("--{flag} {}", quoted(&wave.to_string())));
    }
    match policy.wait {
        Wait::Never => {}
        Wait::Canary => add("--wait"),
        Wait::Each => add("--wait=each"),
    }
    if let Some(budget) = policy.max_failures {
        add(&format!("--max-failures {budget}"));
    }
    if let Some(budget) = policy.max_same {
        add(&format!("--max-same {budget}"));
    }
    if let Some(why) = &policy.despite_windows {
        add(&format!("--despite-windows {}", quoted(why)));
    }
    if let Some(Moment::At(ms)) = at {
        add(&format!("--at {}", clock::rfc3339(ms).replace(".000Z", "Z")));
    }
    if let Some(reason) = reason {
        add(&format!("--reason {}", quoted(reason)));
    }
    Some(line)
}

/// A run that is there, or what is done to it, as its page asks for it.
pub fn of_one(number: i64, act: Option<&str>, query: &Query) -> Option<String> {
    let said = |name: &str, flag: &str| query.get(name).map(|value| format!(" --{flag} {}", quoted(value.trim())));
    let said = |name: &str, flag: &str| said(name, flag).unwrap_or_default();
    Some(match act {
        None => format!("neo run show {number}"),
        Some("rerun") => {
            // One of them is meant: the tenant, where both are said.
            let whom = if query.get("tenant").is_some() { said("tenant", "tenant") } else { said("cause", "cause") };
            format!("neo run rerun {number}{whom}{}", said("reason", "reason"))
        }
        Some("skip") => {
            let tenants: String = query.all("tenant").map(|tenant| format!(" {}", quoted(tenant))).collect();
            let reason = query.get("reason").map_or_else(|| "…".to_owned(), |reason| quoted(reason.trim()));
            format!("neo run skip {number}{tenants} --reason {reason}")
        }
        Some("cancel") => format!("neo run cancel {number}{}", if query.get("now").is_some() { " --now" } else { "" }),
        Some(act @ ("pause" | "resume")) => format!("neo run {act} {number}"),
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(keys: &[&str]) -> Filter {
        Filter { keys: keys.iter().map(|k| (*k).to_owned()).collect(), ..Filter::default() }
    }

    #[test]
    fn a_run_has_its_command() {
        let policy = Policy { concurrency: 4, on_error: OnError::Stop, ..Policy::default() };
        let line = command(&Goal::Migrate { to: None }, &Filter::default(), &policy, Some("it's time"), None);
        assert_eq!(
            line.as_deref(),
            Some(r"neo migrate all-tenants --concurrency 4 --on-error stop --reason 'it'\''s time'")
        );
        let usual = Policy::default();
        let line = command(&Goal::RollbackSteps { steps: 2 }, &filter(&["acme"]), &usual, None, None);
        assert_eq!(line.as_deref(), Some("neo migrate rollback acme --steps 2"));
        for listed in [
            Filter { text: Some("corp".into()), ..Filter::default() },
            Filter { quarantined: true, ..Filter::default() },
        ] {
            assert_eq!(command(&Goal::Migrate { to: None }, &listed, &usual, None, None), None);
        }
    }

    #[test]
    fn what_is_done_to_a_run_has_its_command_and_the_command_line_understands_it() {
        for (act, query, line) in [
            (None, "", "neo run show 7"),
            (Some("rerun"), "", "neo run rerun 7"),
            (Some("rerun"), "tenant=acme&cause=a1&reason=mended", "neo run rerun 7 --tenant acme --reason mended"),
            (Some("rerun"), "cause=a1", "neo run rerun 7 --cause a1"),
            (Some("skip"), "tenant=acme&reason=gone", "neo run skip 7 acme --reason gone"),
            (Some("cancel"), "now=1", "neo run cancel 7 --now"),
            (Some("resume"), "", "neo run resume 7"),
        ] {
            assert_eq!(of_one(7, act, &Query::parse(query)).as_deref(), Some(line));
            assert!(neo::cli::parse(line.split(' ').map(Into::into)).is_ok(), "{line}");
        }
        assert_eq!(of_one(7, Some("nothing"), &Query::default()), None);
    }

    /// What is copied is typed by somebody: the command line has to understand every part of it.
    #[test]
    fn the_command_is_one_that_the_command_line_understands() {
        let waves = ["2", "10%", "tag:early", "acme,beta"].map(|wave| wave.parse().expect("a wave")).to_vec();
        let policy = Policy {
            concurrency: 3,
            waves,
            wait: Wait::Each,
            on_error: OnError::Stop,
            max_failures: "2%".parse().ok(),
            max_same: Some(3),
            despite_windows: Some("urgent".into()),
            ..Policy::default()
        };
        let narrow = Filter {
            server: Some("local".into()),
            tags: vec!["early".into()],
            behind: Some(20_250_126_000_006),
            ..Filter::default()
        };
        let at = Some(Moment::At(1_795_744_800_000));
        let goals =
            [Goal::Migrate { to: Some(20_250_126_000_006) }, Goal::Verify, Goal::RollbackTo { to: 7 }, Goal::Backup];
        for goal in goals {
            let at = at.filter(|_| goal.kind() != Kind::Rollback);
            let line = command(&goal, &narrow, &policy, Some("why"), at).expect("a command");
            assert!(neo::cli::parse(line.split(' ').map(Into::into)).is_ok(), "{line}");
        }
    }
}
