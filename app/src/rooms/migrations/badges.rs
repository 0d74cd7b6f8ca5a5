//! What a person should know of a migration at a glance: whether it is atomic, what it destroys, whether there is a way back.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::migrations::{Finding, Migration, Rule, Severity};

/// Ledger row and statements commit together on this engine, or not at all.
pub fn is_atomic(migration: &Migration, engine: Engine) -> bool {
    migration.on(engine).is_some_and(|script| script.is_atomic(engine))
}

/// One badge a rule: what loses data has a colour, what a file accepts has none, and mere remarks are for the page of the
/// migration.
pub fn view(migration: &Migration, findings: &[Finding], engines: &[Engine]) -> AnyView {
    let on: Vec<&str> = engines.iter().filter(|e| is_atomic(migration, **e)).map(|e| e.as_str()).collect();
    let atomic = match (on.len(), engines.len()) {
        (0, _) => view! { <span class="badge">"not atomic"</span> }.into_any(),
        (n, all) if n == all => view! { <span class="badge">"atomic"</span> }.into_any(),
        _ => view! { <span class="badge">{format!("atomic on {}", on.join(", "))}</span> }.into_any(),
    };
    let mut told: Vec<&Finding> = Vec::new();
    for finding in findings {
        let is_news = finding.severity > Severity::Notice || matches!(finding.rule, Rule::NoDown | Rule::EmptyFile);
        if is_news && told.iter().all(|other| other.rule != finding.rule) {
            told.push(finding);
        }
    }
    let badges = told
        .into_iter()
        .map(|finding| {
            let class = if finding.counts(Severity::Error) { "badge warn" } else { "badge" };
            let title = format!("{}: {}", finding.place(), finding.message);
            view! { " "<span class=class title=title>{finding.rule.as_str().replace('-', " ")}</span> }
        })
        .collect_view();
    view! { {atomic}{badges} }.into_any()
}
