//! What the linter says of a migration, one by one.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::migrations::{Finding, Severity};

/// `on`: the engines that are asked about; a finding that holds on fewer says on which.
pub fn list(findings: &[Finding], on: &[Engine]) -> Option<AnyView> {
    (!findings.is_empty()).then(|| {
        let lines = findings.iter().map(|finding| line(finding, on)).collect_view();
        view! { <ul class="findings">{lines}</ul> }.into_any()
    })
}

fn line(finding: &Finding, on: &[Engine]) -> AnyView {
    let class = match (&finding.accepted, finding.severity) {
        (None, Severity::Error) => "badge bad",
        (None, Severity::Warning) => "badge warn",
        _ => "badge",
    };
    let word = if finding.accepted.is_some() { "accepted" } else { finding.severity.as_str() };
    let only = (finding.engines.len() < on.len()).then(|| {
        let names: Vec<&str> = finding.engines.iter().map(|engine| engine.as_str()).collect();
        format!(" · {} only", names.join(", "))
    });
    let why =
        finding.accepted.clone().map(|why| view! { <br /><span class="muted">"Accepted in the file: "{why}</span> });
    view! {
        <li>
            <span class=class>{word}</span>" "{finding.message.clone()}
            <span class="muted">{only}" · "{finding.rule.as_str()}" · "<code>{finding.place()}</code></span>
            {why}
        </li>
    }
    .into_any()
}
