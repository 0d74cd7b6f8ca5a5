//! The fields that say how a new run behaves.

use leptos::prelude::*;
use neo::runs::{Kind, Plan, Policy};

use super::strategy::names;
use crate::page::forms::Form;
use crate::problems;
use crate::ui::text::{count, number, sentence};
use crate::ui::{Choice, Field};

/// As many tenants of a wave are named.
const NAMED: usize = 5;

/// Who would go first, as the form was when the page was asked for.
pub fn in_waves(plan: &Plan) -> Option<AnyView> {
    if plan.waves.len() < 2 {
        return None;
    }
    let waves = plan.waves.iter().map(|wave| {
        let few: Vec<&str> = wave.first.iter().take(NAMED).map(String::as_str).collect();
        let whom = match wave.tenants - few.len() as i64 {
            0 => few.join(", "),
            _ if few.is_empty() => count(wave.tenants, "tenant"),
            more => format!("{} and {} more", few.join(", "), number(more)),
        };
        view! { <li><strong>{sentence(&wave.name)}</strong>" "<span class="muted">{whom}</span></li> }
    });
    Some(view! { <ol class="waves" aria-label="Who would go first">{waves.collect_view()}</ol> }.into_any())
}

pub fn view(form: &Form, kind: Kind, many: bool) -> AnyView {
    let meant: Vec<&str> = names(kind, many).collect();
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let at = meant.contains(&"at").then(|| {
        view! {
            <Field
                name="at"
                label="Begin at (UTC)"
                kind="datetime-local"
                value=text("at")
                error=wrong("at")
                hint="Empty: now."
            />
        }
    });
    let reason = view! {
        <Field
            name="reason"
            label="Reason"
            value=text("reason")
            error=wrong("reason")
            hint="Optional; shown with the run and kept in the audit."
        />
    };
    if !many {
        return view! { {at}{reason} }.into_any();
    }
    let choices = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let on_error = choices(&[("continue", "Go on with the others"), ("stop", "Stop the run")]);
    let wait = choices(&[
        ("never", "Goes on by itself"),
        ("canary", "Waits after the canary"),
        ("each", "Waits after each wave"),
    ]);
    let usual = Policy::default().concurrency.to_string();
    let concurrency = form.optional("concurrency").map_or(usual, str::to_owned);
    view! {
        <div class="row">
            <Field
                name="waves"
                label="Canary, then waves"
                value=text("waves")
                error=wrong("waves")
                hint="Who goes first, and who next: 1 10% tag:early. Empty: all at once."
                mono=true
            />
            <Choice
                name="wait"
                label="Between waves"
                options=wait
                value=text("wait")
                error=wrong("wait")
                hint="A wait lasts until somebody says to go on."
            />
            {at}
        </div>
        <div class="row">
            <Field name="concurrency" label="Tenants at once" kind="number" value=concurrency error=wrong("concurrency") />
            <Choice name="on_error" label="When one fails" options=on_error value=text("on_error") />
        </div>
        <div class="row">
            <Field
                name="max_failures"
                label="Halt after failures"
                value=text("max_failures")
                error=wrong("max_failures")
                hint="A number or a share: 5, 2%. Empty: only when the canary fails."
            />
            <Field
                name="max_same"
                label="Halt after failures of one cause"
                kind="number"
                value=text("max_same")
                error=wrong("max_same")
                hint="A number. Empty: never."
            />
        </div>
        {reason}
    }
    .into_any()
}
