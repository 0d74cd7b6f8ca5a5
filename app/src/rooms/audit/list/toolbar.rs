//! What stands over the rows: the search, the filters in force, the rest of them behind *Add filter*, and the ways out as a file.

use leptos::prelude::*;
use neo::actor::Door;
use neo_model::{AuditFormat, AuditOutcome};

use super::model::List;
use crate::rooms::audit::links;
use crate::ui::{Choice, Field};

pub fn view(list: &List) -> AnyView {
    let query = &list.query;
    let chips = links::chips(query, &list.path)
        .into_iter()
        .map(|(label, href)| {
            let title = format!("Remove the filter: {label}");
            view! { <a class="pill" href=href aria-label=title>{label}" ✕"</a> }
        })
        .collect_view();
    view! {
        <form class="filters" method="get" action=list.path.clone() role="search" aria-label="Filter the audit">
            <div class="bar">
                <input
                    class="find-in"
                    type="search"
                    name="text"
                    value=query.text("text").to_owned()
                    placeholder="Filter by anything that a row says"
                    aria-label="Filter by anything that a row says"
                    data-filter=""
                />
                {chips}
                <details class="more">
                    <summary class="button quiet">"Add filter"</summary>
                    <div class="over fields">{fields(list)}<button type="submit" class="primary">"Apply"</button></div>
                </details>
            </div>
        </form>
    }
    .into_any()
}

fn fields(list: &List) -> AnyView {
    let value = |name: &str| list.query.text(name).to_owned();
    let options = |words: &mut dyn Iterator<Item = (String, String)>| -> Vec<(String, String)> {
        std::iter::once((String::new(), "any".to_owned())).chain(words).collect()
    };
    let doors = options(&mut Door::ALL.into_iter().map(|door| (door.to_string(), door.word().to_owned())));
    let outcomes =
        options(&mut AuditOutcome::ALL.into_iter().map(|outcome| (outcome.to_string(), outcome.word().to_owned())));
    let tenant =
        list.tenant.is_none().then(|| view! { <Field name="tenant" label="Tenant" value=value("tenant") mono=true /> });
    view! {
        <Field name="actor" label="Who" value=value("actor") />
        <Choice name="door" label="Door" options=doors value=value("door") />
        <Field name="action" label="Act, or its noun" value=value("action") mono=true />
        {tenant}
        <Field name="subject" label="Part of the subject" value=value("subject") />
        <Choice name="outcome" label="Outcome" options=outcomes value=value("outcome") />
        <Field name="from" label="From" kind="date" value=value("from") />
        <Field name="until" label="Until the end of" kind="date" value=value("until") />
    }
    .into_any()
}

/// What is chosen, as a file.
pub fn exports(list: &List) -> Option<AnyView> {
    let chosen = list.selection();
    list.may_export.then(|| {
        AuditFormat::ALL
            .map(|format| {
                let name = format.to_string().to_uppercase();
                view! { <a class="button" href=links::export(&chosen, format.as_str()) download="">{format!("Export {name}")}</a> }
            })
            .into_iter()
            .collect_view()
            .into_any()
    })
}
