//! What a person should know of a migration before it runs: whether it is atomic, what it destroys, whether there is a way back.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::migrations::{Finding, Migration};

pub const ENGINES: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

/// Ledger row and statements commit together on this engine, or not at all.
pub fn is_atomic(migration: &Migration, engine: Engine) -> bool {
    engine.is_transactional() && migration.on(engine).is_some_and(|script| !script.up.no_transaction)
}

/// The remarks on these engines, each once.
pub fn findings(migration: &Migration, engines: &[Engine]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for (engine, script) in engines.iter().filter_map(|engine| Some((*engine, migration.on(*engine)?))) {
        for finding in script.findings(engine) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}

/// Applying it loses data: the one remark that has a colour, so that an ordinary list has none.
fn destroys(finding: &Finding) -> bool {
    matches!(finding.rule.as_str(), "drop_table" | "drop_column" | "truncate" | "delete_without_where")
}

pub fn view(migration: &Migration, engines: &[Engine]) -> AnyView {
    let on: Vec<&str> = engines.iter().filter(|e| is_atomic(migration, **e)).map(|e| e.as_str()).collect();
    let atomic = match (on.len(), engines.len()) {
        (0, _) => view! { <span class="badge">"not atomic"</span> }.into_any(),
        (n, all) if n == all => view! { <span class="badge">"atomic"</span> }.into_any(),
        _ => view! { <span class="badge">{format!("atomic on {}", on.join(", "))}</span> }.into_any(),
    };
    let found = findings(migration, engines)
        .into_iter()
        // The first badge has said so.
        .filter(|finding| finding.rule != "not_atomic")
        .map(|finding| {
            let class = if destroys(&finding) { "badge warn" } else { "badge" };
            view! { " "<span class=class title=finding.message>{finding.rule.replace(['-', '_'], " ")}</span> }
        })
        .collect_view();
    view! { {atomic}{found} }.into_any()
}
