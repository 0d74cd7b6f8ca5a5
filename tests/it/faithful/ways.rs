//! A script through the engine's own program, through Neo in one run, and through Neo in separate runs.

use std::sync::Arc;

use neo::error::Advice;
use neo::migrations::apply::Outcome;

use super::Problems;
use super::place::{NEUTRAL, Place, difference, probe};
use super::script::Script;

pub async fn compare(script: Arc<Script>) -> Problems {
    match &script.refused {
        Some(words) => refused(&script, words).await,
        None => three_ways(&script).await,
    }
}

async fn three_ways(script: &Script) -> Problems {
    let clients = files(script, script.clients());
    let own = files(script, script.own());
    let place = Place::new(script).await;
    for (n, text) in clients.iter().enumerate() {
        if let Err(words) = place.client(text).await {
            return vec![format!("  the engine's program, file {}: {words}", n + 1)];
        }
    }
    let expected = place.dump().await;
    place.drop().await;

    let mut problems = Problems::new();
    let place = Place::new(script).await;
    match told(place.up(&place.set(&own)).await) {
        Err(words) => problems.push(format!("  one run: {words}")),
        Ok(_) => problems.extend(difference(&expected, &place.dump().await).map(|d| format!("  one run: {d}"))),
    }
    place.drop().await;

    let place = Place::new(script).await;
    for n in 1..=own.len() {
        if let Err(words) = told(place.up(&place.set(&own[..n])).await) {
            problems.push(format!("  separate runs: {words}"));
            break;
        }
    }
    if problems.len() < 2 {
        problems.extend(difference(&expected, &place.dump().await).map(|d| format!("  separate runs: {d}")));
    }
    place.drop().await;
    problems
}

/// All files of a tenant: a neutral one, what the script builds on, the script, what comes after it.
fn files(script: &Script, text: String) -> Vec<String> {
    let mut files = vec![NEUTRAL.to_owned()];
    files.extend(script.setup.iter().cloned());
    files.push(text);
    files.extend(script.then.iter().cloned());
    files.push(probe(script.engine()));
    files
}

async fn refused(script: &Script, words: &str) -> Problems {
    let mut files = vec![NEUTRAL.to_owned()];
    files.extend(script.setup.iter().cloned());
    let place = Place::new(script).await;
    if let Err(words) = told(place.up(&place.set(&files)).await) {
        return vec![format!("  what comes before: {words}")];
    }
    let before = place.dump().await;
    files.push(script.own());
    files.push(probe(script.engine()));
    let outcome = match place.up(&place.set(&files)).await {
        Ok(outcome) => outcome,
        Err(words) => return vec![format!("  {words}")],
    };
    let mut problems = Problems::new();
    match &outcome.failure {
        None => problems.push("  it is not refused".to_owned()),
        Some(failure) => {
            let hint = failure.hint.as_ref().map(Advice::command);
            let said = [Some(&failure.message), failure.detail.as_ref(), hint.as_ref()];
            let said = said.into_iter().flatten().cloned().collect::<Vec<_>>().join(" / ");
            if !said.to_lowercase().contains(words) {
                problems.push(format!("  refused without the words \"{words}\": {said}"));
            }
            if failure.code.is_some() {
                problems.push(format!("  refused by the server, and not beforehand: {said}"));
            }
        }
    }
    let rows = outcome.ledger.unwrap_or_default();
    if !outcome.done.is_empty() || rows.len() > 1 + script.setup.len() || rows.iter().any(|row| !row.success) {
        problems.push(format!("  the ledger is touched: {} done, {} rows", outcome.done.len(), rows.len()));
    }
    problems.extend(difference(&before, &place.dump().await).map(|d| format!("  the database is touched: {d}")));
    place.drop().await;
    problems
}

/// A run that went through, or why it did not.
pub fn told(outcome: Result<Outcome, String>) -> Result<Outcome, String> {
    let outcome = outcome?;
    match &outcome.failure {
        None => Ok(outcome),
        Some(failure) => {
            let place = failure.line.zip(failure.column).map(|(l, c)| format!(" at {l}:{c}")).unwrap_or_default();
            let file = failure.migration.as_deref().unwrap_or("-");
            let message: String = failure.message.chars().take(300).collect();
            Err(format!("{message} ({}){place} of {file}", failure.code.as_deref().unwrap_or("-")))
        }
    }
}
