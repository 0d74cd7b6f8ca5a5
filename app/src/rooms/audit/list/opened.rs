//! A row that is open: what was before and after, what else there is to say of the act, and what belongs to it.

use leptos::prelude::*;
use neo::audit::Row;
use serde_json::Value;

use crate::rooms::audit::links;
use crate::ui::text::utc;
use crate::ui::{CopyText, Time};

pub fn view(row: &Row, partner: Option<&Row>) -> AnyView {
    let (changes, rest) = said(&row.body);
    let changed = (!changes.is_empty()).then(|| {
        let rows = changes
            .iter()
            .map(|Change { what, before, after }| {
                view! { <tr data-part="change"><th scope="row">{what.clone()}</th><td class="mono">{text(before)}</td><td class="mono">{text(after)}</td></tr> }
            })
            .collect_view();
        view! {
            <table class="narrow">
                <caption class="sr">"What was changed"</caption>
                <thead><tr><th scope="col">"What"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    let facts = rest
        .iter()
        .map(|(name, value)| view! { <dt>{name.replace('_', " ")}</dt><dd class="mono">{text(value)}</dd> })
        .collect_view();
    let belongs = partner.map(|other| {
        let name = if other.seq > row.seq { "Outcome" } else { "Intent" };
        let said = format!("Row {}, {}", other.seq, other.outcome);
        let error = other.body["error"]["message"].as_str().map(|said| format!(": {said}"));
        view! { <dt>{name}</dt><dd><a href=links::row(other.seq)>{said}</a>{error}" · "<Time ms=other.at /></dd> }
    });
    view! {
        {changed}
        <dl>
            {facts}
            {belongs}
            <dt>"Subject"</dt><dd class="mono">{row.subject.clone()}</dd>
            <dt>"When"</dt><dd>{utc(row.at)}</dd>
            <dt>"Request"</dt><dd><CopyText value=row.request_id.clone() label="the id of the request" /></dd>
            <dt>"Row"</dt><dd><a href=links::row(row.seq)>{row.seq}</a></dd>
        </dl>
    }
    .into_any()
}

/// One thing that was one way before and is another after.
#[derive(Debug, PartialEq)]
struct Change {
    what: String,
    before: Value,
    after: Value,
}

/// The body of a row: what was changed, and the rest. `{from, to}` is a change, of the whole or of what it stands under.
fn said(body: &Value) -> (Vec<Change>, Vec<(String, Value)>) {
    let Some(body) = body.as_object() else {
        return (Vec::new(), vec![("said".to_owned(), body.clone())]);
    };
    let change = |what: &str, of: &serde_json::Map<String, Value>| {
        let (before, after) = (of.get("from")?.clone(), of.get("to")?.clone());
        Some(Change { what: what.replace('_', " "), before, after })
    };
    let mut changes: Vec<Change> = change("it", body).into_iter().collect();
    let is_whole = !changes.is_empty();
    let mut rest = Vec::new();
    for (name, value) in body.iter().filter(|(name, _)| !(is_whole && matches!(name.as_str(), "from" | "to"))) {
        let inner = value.as_object().filter(|inner| inner.len() == 2);
        match inner.and_then(|inner| change(name, inner)) {
            Some(change) => changes.push(change),
            None => rest.push((name.clone(), value.clone())),
        }
    }
    // What it is paired with is a link of its own.
    rest.retain(|(name, _)| name != "intent");
    (changes, rest)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_one_way_and_is_another_is_told_as_such() {
        let (changes, rest) =
            said(&json!({ "role": { "from": "admin", "to": "support" }, "reason": "x", "intent": 3 }));
        assert_eq!(changes, [Change { what: "role".into(), before: json!("admin"), after: json!("support") }]);
        assert_eq!(rest, [("reason".to_owned(), json!("x"))]);
        let (changes, rest) = said(&json!({ "from": ["eu"], "to": [], "now": false }));
        assert_eq!((changes.len(), changes[0].what.as_str(), rest.len()), (1, "it", 1));
        assert_eq!(
            (text(&json!(["eu", "us"])), text(&json!([])), text(&Value::Null)),
            ("eu, us".into(), "none".into(), "nothing".into())
        );
        // Where something goes is no change of it.
        assert_eq!(said(&json!({ "to": 7 })).0, []);
    }
}
