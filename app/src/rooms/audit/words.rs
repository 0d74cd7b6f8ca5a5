//! A row of the audit in words.

use leptos::prelude::*;
use neo::audit::Row;
use neo_model::AuditOutcome;

use super::links;
use crate::ui::Mark;

/// As a person reads it: without the id, which is in the row that is open.
pub fn subject(row: &Row) -> AnyView {
    let (noun, rest) = row.subject.split_once(':').unwrap_or(("", row.subject.as_str()));
    let name = rest.split_once(' ').map_or(rest, |(_, name)| name).to_owned();
    let noun = noun.replace('_', " ");
    match links::subject(row) {
        Some(href) => view! { {noun}" "<a href=href>{name}</a> }.into_any(),
        None => format!("{noun} {name}").trim().to_owned().into_any(),
    }
}

/// What came of it.
pub fn outcome(row: &Row) -> (Mark, &'static str) {
    match row.outcome.parse() {
        Ok(AuditOutcome::Succeeded) => (Mark::Ok, "Succeeded"),
        Ok(AuditOutcome::Failed) => (Mark::Failed, "Failed"),
        Ok(AuditOutcome::Intended) => (Mark::Queued, "Intended"),
        Err(_) => (Mark::Unknown, "Unknown"),
    }
}
