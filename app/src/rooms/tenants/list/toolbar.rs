//! The toolbar over the list: the search, the filters in force, and the rest of them behind *Add filter*.

use leptos::prelude::*;
use neo::tenants::{State, Status};

use super::model::List;
use crate::rooms::tenants::links;
use crate::ui::{Choice, Field};

const STATUSES: [Status; 6] =
    [Status::Active, Status::Suspended, Status::Provisioning, Status::Failed, Status::Archived, Status::Deleted];

/// What was seen: who is behind is asked by version.
const STATES: [State; 5] = [State::Current, State::Failed, State::Drifted, State::Unreachable, State::Unknown];

pub fn view(list: &List) -> AnyView {
    let query = &list.query;
    let chips = links::chips(query, links::LIST)
        .into_iter()
        .map(|chip| {
            let label = format!("Remove the filter: {}", chip.label);
            view! { <a class="pill" href=chip.href aria-label=label>{chip.label}" ✕"</a> }
        })
        .collect_view();
    let order = ["sort", "dir", "limit", "keys"].into_iter().flat_map(|name| {
        query.all(name).map(move |value| view! { <input type="hidden" name=name value=value.to_owned() /> })
    });
    view! {
        <form class="filters" method="get" action=links::LIST role="search" aria-label="Filter tenants">
            {order.collect_view()}
            <div class="bar">
                <input
                    class="find-in"
                    type="search"
                    name="q"
                    value=query.text("q").to_owned()
                    placeholder="Filter by slug, name or id"
                    aria-label="Filter by slug, name or id"
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
    let query = &list.query;
    let value = |name: &str| query.text(name).to_owned();
    let options = |any: &str, words: &mut dyn Iterator<Item = String>| -> Vec<(String, String)> {
        std::iter::once((String::new(), any.to_owned())).chain(words.map(|w| (w.clone(), w))).collect()
    };
    let versions: Vec<(String, String)> = list
        .set
        .as_ref()
        .map(|set| set.migrations.iter().rev().map(|m| (m.version.to_string(), m.label())).collect())
        .unwrap_or_default();
    let any_version = |any: &str| {
        std::iter::once((String::new(), any.to_owned())).chain(versions.iter().cloned()).collect::<Vec<_>>()
    };
    let (status, state) = (
        options("any but deleted", &mut STATUSES.into_iter().map(|status| status.to_string())),
        options("any", &mut STATES.into_iter().map(|state| state.to_string())),
    );
    let server = options("any", &mut list.servers.iter().cloned());
    view! {
        <Choice name="status" label="Status" options=status value=value("status") />
        <Choice name="state" label="Last result" options=state value=value("state") />
        <Choice name="server" label="Server" options=server value=value("server") />
        <Choice name="behind" label="Behind" options=any_version("any") value=value("behind") />
        <Choice name="version" label="Version" options=any_version("any") value=value("version") />
        <Field name="tag" label="Tag" value=value("tag") />
    }
    .into_any()
}
