//! A plan as a comment on a pull request: GitHub's and GitLab's Markdown.
//!
//! What a file, a server or a person has said stands in spans of code: there it is neither markup nor a mention of somebody.

use std::fmt::Write;

use super::{ABSENT, atomic, counted, duration, summary, who};
use crate::cli::print::{count, left_out, number};
use crate::error::printable;
use crate::runs::{Plan, Quarantined};

/// `absent`: what is not in it, since the console that was asked does not have it.
pub fn document(plan: &Plan, with_sql: bool, absent: &[String]) -> String {
    let mut text = format!("### Migration plan\n\n{}\n", summary(plan));
    if !absent.is_empty() {
        let names: Vec<_> = absent.iter().map(|name| code(name)).collect();
        let _ = write!(text, "\n{}: {}\n", sentence(ABSENT).trim_end_matches('.'), names.join(", "));
    }
    if plan.migrations.is_empty() && plan.unreachable.is_empty() && plan.refused.is_empty() {
        text.push_str("\nNothing to do.\n");
    }
    if !plan.migrations.is_empty() {
        text.push_str("\n| migration | pending on | commits | findings |\n|---|--:|---|---|\n");
    }
    for migration in &plan.migrations {
        let findings = counted(migration);
        let findings = if findings.is_empty() { "none" } else { &findings };
        let (name, on) = (cell(&migration.name), number(migration.pending_on));
        let _ = writeln!(text, "| {name} | {on} | {} | {findings} |", atomic(migration));
    }
    let mut findings = plan.migrations.iter().flat_map(|m| &m.findings).peekable();
    if findings.peek().is_some() {
        text.push('\n');
    }
    for finding in findings {
        let word = if finding.accepted.is_some() { "accepted" } else { finding.severity.as_str() };
        let _ = writeln!(text, "- **{word}** {} {} ({})", code(&finding.place()), code(&finding.message), finding.rule);
    }
    if plan.behind > 0 {
        let _ = write!(text, "\n{}\n", sentence(&duration(plan)));
    }
    if let Some(note) = plan.of_clusters() {
        let _ = write!(text, "\n{}\n", code(&note));
    }
    for kept in &plan.windows {
        let _ = write!(text, "\n{}\n", code(&kept.words()));
    }
    let mut blocked = Vec::new();
    for (word, list) in [("unreachable", &plan.unreachable), ("refused", &plan.refused)] {
        blocked
            .extend(Plan::by_reason(list).into_iter().map(|(reason, tenants)| (word, who(&tenants), reason.command())));
    }
    let quarantined = plan.quarantined.iter();
    blocked.extend(
        quarantined.map(|Quarantined { tenant, quarantine }| ("in quarantine", tenant.clone(), left_out(quarantine))),
    );
    let passed_over = plan.passed_over_by_status().into_iter();
    blocked.extend(passed_over.map(|(status, tenants)| ("passed over", who(&tenants), status.word().to_owned())));
    if !blocked.is_empty() {
        text.push('\n');
    }
    for (word, who, why) in blocked {
        let _ = writeln!(text, "- **{word}** {} {}", code(&who), code(&why));
    }
    if with_sql {
        text.push_str(&sql(plan));
    }
    text
}

fn sql(plan: &Plan) -> String {
    let mut text = String::new();
    for migration in &plan.migrations {
        for (file, sql) in migration.files() {
            let fence = "`".repeat(3.max(longest_run(sql) + 1));
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let lines: String =
                sql.lines().map(|line| format!("{}\n", printable(&line.replace('\t', "    ")))).collect();
            let _ = write!(
                text,
                "\n<details><summary><code>{}</code>, {}</summary>\n\n{fence}sql\n{lines}{fence}\n\n</details>\n",
                html(&name),
                count(sql.lines().count() as i64, "line")
            );
        }
    }
    text
}

/// How many backticks stand in a row at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// A span of code that nothing in it can end, on one line.
fn code(text: &str) -> String {
    let text = printable(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // At an edge, a backtick would belong to the fence.
    let blank = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The same in a table, where a bar ends the cell even in code.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

fn html(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_has_written_stays_in_its_span() {
        assert_eq!(code("drops @all **x**"), "`drops @all **x**`");
        assert_eq!(code("a `b` <img>\n# c"), "``a `b` <img>\\n# c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(longest_run("```` x ``"), 4);
    }
}
