//! What to run and on whom. Its fields belong to the form that starts the run, so that *Preview* keeps what is typed there; they
//! count once they were looked at: the run that is started is the one that the page shows.

use leptos::prelude::*;
use neo::runs::Kind;

use super::FORM;
use super::choice::{KIND, STEPS, TO};
use super::model::New;
use crate::page::forms::Form;
use crate::rooms::runs::links;
use crate::rooms::tenants::links as tenants;
use crate::ui::{Choice, Field};

pub fn view(new: &New, form: &Form) -> AnyView {
    let query = &new.query;
    let is_everyone = tenants::selection(query).pairs().next().is_none();
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
        ("backup", "Back up"),
        ("rotate", "Renew passwords"),
    ];
    let kinds = kinds.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    // Chosen and not looked at yet, where what was sent is shown again.
    let said = |name: &str, now: &str| {
        let typed = form.fields().find(|(field, _)| *field == name);
        typed.map_or(now, |(_, value)| value).to_owned()
    };
    let kind = said(KIND, new.kind.as_str());
    let newest = if new.kind == Kind::Rollback { "Undo the last batch of each" } else { "The newest" };
    let versions: Vec<(String, String)> = std::iter::once((String::new(), newest.to_owned()))
        .chain(new.set.migrations.iter().rev().map(|m| (m.version.to_string(), m.label())))
        .collect();
    let (to, steps) = (said(TO, query.text("to")), said(STEPS, query.text("steps")));
    let to = matches!(new.kind, Kind::Migrate | Kind::Rollback)
        .then(|| view! { <Choice name=TO label="Version" options=versions value=to form=FORM /> });
    let steps = (new.kind == Kind::Rollback)
        .then(|| view! { <Field name=STEPS label="Or steps back" value=steps kind="number" form=FORM /> });
    view! {
        <div class="choose" role="group" aria-label="What to run">
            <div class="bar">
                <span class="muted">"On"</span>
                {is_everyone.then_some("all active tenants")}
                {chips}
                <a class="button quiet" href=tenants::selection(query).href(tenants::LIST)>"Choose tenants"</a>
            </div>
            <div class="row">
                <Choice name=KIND label="What" options=kinds value=kind form=FORM />
                {to}
                {steps}
                // The first button of its form: Enter in a field looks at what was typed, and begins neither a rehearsal nor a run.
                <button type="submit" form=FORM formmethod="get" formaction=links::NEW formnovalidate=true>"Preview"</button>
            </div>
        </div>
    }
    .into_any()
}
