//! What to run and on whom: a GET form, so that the preview follows it.

use leptos::prelude::*;
use neo::runs::Kind;

use super::model::New;
use super::strategy;
use crate::page::forms::Form;
use crate::rooms::runs::links;
use crate::rooms::tenants::links as tenants;
use crate::ui::{Choice, Field};

pub fn view(new: &New, form: &Form) -> AnyView {
    let query = &new.query;
    let is_everyone = tenants::selection(query).pairs().next().is_none();
    let (selection, typed) = (tenants::selection(query), strategy::carried(form));
    let hidden = selection
        .pairs()
        .chain(typed.pairs())
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view();
    let chips = tenants::chips(query, links::NEW)
        .into_iter()
        .take(12)
        .map(|chip| {
            let label = format!("Remove the filter: {}", chip.label);
            view! { <a class="pill" href=chip.href aria-label=label>{chip.label}" ✕"</a> }
        })
        .collect_view();
    let kinds = [
        ("migrate", "Migrate"),
        ("rollback", "Roll back"),
        ("verify", "Verify, change nothing"),
        ("rotate", "Renew passwords"),
    ];
    let kinds = kinds.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let kind = new.kind.to_string();
    let newest = if new.kind == Kind::Rollback { "Undo the last batch of each" } else { "The newest" };
    let versions: Vec<(String, String)> = std::iter::once((String::new(), newest.to_owned()))
        .chain(new.set.migrations.iter().rev().map(|m| (m.version.to_string(), m.label())))
        .collect();
    let to = query.text("to").to_owned();
    let steps = (new.kind == Kind::Rollback).then(
        || view! { <Field name="steps" label="Or steps back" value=query.text("steps").to_owned() kind="number" /> },
    );
    view! {
        <form class="choose" method="get" action=links::NEW aria-label="What to run">
            {hidden}
            <div class="bar">
                <span class="muted">"On"</span>
                {is_everyone.then_some("all active tenants")}
                {chips}
                <a class="button quiet" href=tenants::selection(query).href(tenants::LIST)>"Choose tenants"</a>
            </div>
            <div class="row">
                <Choice name="kind" label="What" options=kinds value=kind />
                {matches!(new.kind, Kind::Migrate | Kind::Rollback).then(|| view! { <Choice name="to" label="Version" options=versions value=to /> })}
                {steps}
                <button type="submit">"Preview"</button>
            </div>
        </form>
    }
    .into_any()
}
