//! How a new run behaves: what the form asks, and what is made of the answers.

use std::str::FromStr;

use leptos::prelude::*;
use neo::error::{Error, Result};
use neo::runs::{Amount, Moment, OnError, Policy, Wait, Wave};

use crate::problems;
use crate::server::forms::Form;
use crate::ui::{Choice, Field};

/// The policy that a form asks for. What is wrong names its field.
pub fn policy(form: &Form) -> Result<Policy> {
    let usual = Policy::default();
    let concurrency = match form.optional("concurrency") {
        None => usual.concurrency,
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=64).contains(n))
            .ok_or_else(|| Error::invalid("concurrency", "the concurrency is a number from 1 to 64"))?,
    };
    Ok(Policy {
        concurrency,
        waves: waves(form.text("waves"))?,
        wait: match form.text("wait") {
            "canary" => Wait::Canary,
            "each" => Wait::Each,
            _ => Wait::Never,
        },
        on_error: if form.text("on_error") == "stop" { OnError::Stop } else { OnError::Continue },
        max_failures: read::<Amount>(form, "max_failures")?,
        max_same: match form.optional("max_same") {
            None => None,
            Some(text) => {
                Some(text.trim().parse().map_err(|_| Error::invalid("max_same", "this is a number of tenants"))?)
            }
        },
        ..usual
    })
}

/// When it is to begin, read as UTC: a browser sends `2026-11-26T02:00`.
pub fn at(form: &Form) -> Result<Option<Moment>> {
    let Some(text) = form.optional("at") else { return Ok(None) };
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    format!("{text}{seconds}Z").parse().map(Some)
}

fn read<T: FromStr<Err = Error>>(form: &Form, name: &'static str) -> Result<Option<T>> {
    let read = |text: &str| T::from_str(text).map_err(|error| error.on(name));
    form.optional(name).map(read).transpose()
}

/// Waves as they are typed, one after the other.
fn waves(text: &str) -> Result<Vec<Wave>> {
    let read = |word: &str| word.parse::<Wave>().map_err(|error| error.on("waves"));
    text.split_whitespace().map(read).collect()
}

pub fn fields(form: &Form) -> AnyView {
    let usual = Policy::default();
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let choices = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let on_error = choices(&[("continue", "Go on with the others"), ("stop", "Stop the run")]);
    let wait = choices(&[
        ("never", "Goes on by itself"),
        ("canary", "Waits for a person after the canary"),
        ("each", "Waits for a person after each wave"),
    ]);
    let concurrency =
        if form.text("concurrency").is_empty() { usual.concurrency.to_string() } else { text("concurrency") };
    view! {
        <div class="row">
            <Field
                name="waves"
                label="Who goes first"
                value=text("waves")
                error=wrong("waves")
                hint="The canary, then further waves: 1 10% tag:early. Empty: all at once."
                mono=true
            />
            <Choice name="wait" label="Between waves" options=wait value=text("wait") />
            <Field
                name="at"
                label="Begin at (UTC)"
                kind="datetime-local"
                value=text("at")
                error=wrong("at")
                hint="Empty: now."
            />
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
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_typed_one_after_the_other() {
        let read = waves("  1 10%  tag:early acme,beta ").unwrap_or_default();
        let told: Vec<_> = read.iter().map(Wave::to_string).collect();
        assert_eq!(told, ["1", "10%", "tag:early", "acme,beta"]);
        assert_eq!(waves("0").map_err(|e| e.field), Err(Some("waves")));
        assert!(waves("").unwrap_or_default().is_empty());
    }
}
