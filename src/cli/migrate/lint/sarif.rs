//! Findings as SARIF 2.1.0, which code scanning of several houses reads.

use serde_json::{Value, json};

use super::Line;
use super::place::{Place, fingerprints};
use crate::migrations::{Rule, Severity};

pub fn log(place: &Place, lines: &[Line]) -> Value {
    let rules: Vec<_> = Rule::ALL
        .iter()
        .map(|rule| {
            json!({
                "id": rule.as_str(),
                "shortDescription": { "text": rule.about() },
                "defaultConfiguration": { "level": level(rule.severity()) },
            })
        })
        .collect();
    let found = lines.iter().zip(fingerprints(place, lines));
    let results: Vec<_> = found.map(|(line, fingerprint)| result(place, line, fingerprint)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "neo", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(place: &Place, line: &Line, fingerprint: String) -> Value {
    let finding = &line.finding;
    let mut file = json!({ "uri": place.uri(&finding.file) });
    if place.is_inside() {
        file["uriBaseId"] = json!("%SRCROOT%");
    }
    let mut physical = json!({ "artifactLocation": file });
    if let Some(line) = finding.line {
        physical["region"] = json!({ "startLine": line });
        if let Some(column) = finding.column {
            physical["region"]["startColumn"] = json!(column);
        }
    }
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.severity),
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": physical }],
        "partialFingerprints": { "neoFinding/v1": fingerprint },
    });
    if let Some(why) = &finding.accepted {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": why }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
    }
}
