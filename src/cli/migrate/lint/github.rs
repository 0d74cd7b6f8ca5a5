//! Findings as commands to the runner of GitHub Actions, which shows each at its line of the pull request.

use super::Line;
use super::place::Place;
use crate::error::printable;
use crate::migrations::Severity;

/// `::warning file=migrations/tenant/…_a.up.sql,line=3,col=1,title=drop-column::…`; what a file has accepted is not shown.
pub fn commands(place: &Place, lines: &[Line]) -> Vec<String> {
    lines.iter().filter(|line| line.finding.accepted.is_none()).map(|line| command(place, line)).collect()
}

fn command(place: &Place, line: &Line) -> String {
    let finding = &line.finding;
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    };
    let mut properties = vec![format!("file={}", property(&place.path(&finding.file)))];
    properties.extend(finding.line.map(|n| format!("line={n}")));
    properties.extend(finding.column.map(|n| format!("col={n}")));
    properties.push(format!("title={}", property(finding.rule.as_str())));
    format!("::{level} {}::{}", properties.join(","), data(&finding.message))
}

/// What would end the line or begin an escape is escaped as the runner does it; no other control character gets into the log.
fn data(text: &str) -> String {
    let escaped = |c: char| match c {
        '%' => "%25".to_owned(),
        '\r' => "%0D".to_owned(),
        '\n' => "%0A".to_owned(),
        c => printable(&c.to_string()),
    };
    text.chars().map(escaped).collect()
}

/// The same where a comma or a colon would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_ends_the_command_or_begins_another() {
        assert_eq!(data("100 %\r\n::error::x\u{1b}[2J"), "100 %25%0D%0A::error::x\\u{1b}[2J");
        assert_eq!(property("a,b:c%2C\n"), "a%2Cb%3Ac%252C%0A");
    }
}
