//! Findings as GitLab's report of code quality, which a merge request shows.

use serde::Serialize;

use super::Line;
use super::place::{Place, fingerprints};
use crate::migrations::Severity;

#[derive(Serialize)]
pub struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// What a file has accepted is no issue.
pub fn issues(place: &Place, lines: &[Line]) -> Vec<Issue> {
    let all = lines.iter().zip(fingerprints(place, lines)).filter(|(line, _)| line.finding.accepted.is_none());
    all.map(|(line, fingerprint)| {
        let finding = &line.finding;
        Issue {
            description: finding.message.clone(),
            check_name: finding.rule.as_str(),
            fingerprint,
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Notice => "info",
            },
            // A line is asked for, also where it is about the file as a whole.
            location: Location { path: place.path(&finding.file), lines: Lines { begin: finding.line.unwrap_or(1) } },
        }
    })
    .collect()
}
