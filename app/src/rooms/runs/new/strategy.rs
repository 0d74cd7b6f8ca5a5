//! How a new run behaves, as its form and its address say it.

use std::str::FromStr;

use neo::error::{Error, Result};
use neo::runs::{Amount, Kind, Moment, OnError, Policy, Wait, Wave};

use crate::page::forms::Form;
use crate::query::Query;

/// The policy that a form asks for. What is wrong names its field.
pub fn policy(form: &Form) -> Result<Policy> {
    let usual = Policy::default();
    let concurrency = match form.optional("concurrency") {
        None => usual.concurrency,
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=1000).contains(n))
            .ok_or_else(|| Error::invalid("concurrency", "the concurrency is a number from 1 to 1000"))?,
    };
    Ok(Policy {
        // As on the command line: asked for, it holds on a single server as well.
        per_server: concurrency,
        concurrency,
        waves: waves(form.text("waves"))?,
        wait: form.text("wait").parse().unwrap_or_default(),
        on_error: form.text("on_error").parse().unwrap_or_default(),
        max_failures: read::<Amount>(form, "max_failures")?,
        max_same: match form.optional("max_same") {
            None => None,
            Some(text) => {
                Some(text.trim().parse().map_err(|_| Error::invalid("max_same", "this is a number of tenants"))?)
            }
        },
        despite_windows: form.optional("despite_windows").map(str::to_owned),
        ..usual
    })
}

/// When it is to begin, read as UTC: a browser sends `2026-11-26T02:00`.
pub fn at(form: &Form) -> Result<Option<Moment>> {
    let Some(text) = form.optional("at") else { return Ok(None) };
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    Ok(Some(format!("{text}{seconds}Z").parse()?))
}

fn read<T: FromStr<Err: Into<Error>>>(form: &Form, name: &'static str) -> Result<Option<T>> {
    let read = |text: &str| T::from_str(text).map_err(|error| error.into().on(name));
    form.optional(name).map(read).transpose()
}

/// Waves as they are typed, one after the other.
fn waves(text: &str) -> Result<Vec<Wave>> {
    let read = |word: &str| word.parse::<Wave>().map_err(|error| Error::from(error).on("waves"));
    text.split_whitespace().map(read).collect()
}

/// What a form may ask of a run, in the order of its fields.
const NAMES: [&str; 9] =
    ["waves", "wait", "at", "concurrency", "on_error", "max_failures", "max_same", "despite_windows", "reason"];

/// Which of them make sense here: one tenant has no waves, no neighbours and no budget, and what a rollback undoes is settled
/// when it is asked for.
pub fn names(kind: Kind, many: bool) -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(move |name| match *name {
        "at" => kind != Kind::Rollback,
        "despite_windows" => matches!(kind, Kind::Migrate | Kind::Rollback | Kind::Rotate),
        "reason" => true,
        _ => many,
    })
}

/// What the form says beyond the usual, to be carried along by addresses and other forms.
pub fn carried(form: &Form) -> Query {
    let usual = |name: &str, value: &str| match name {
        "concurrency" => value == Policy::default().concurrency.to_string(),
        "wait" => value == Wait::default().as_str(),
        "on_error" => value == OnError::default().as_str(),
        _ => false,
    };
    NAMES
        .into_iter()
        .filter_map(|name| Some((name, form.optional(name)?)))
        .filter(|(name, value)| !usual(name, value))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The form as an address has it.
pub fn of(query: &Query) -> Form {
    NAMES.into_iter().fold(Form::empty(), |form, name| match query.get(name) {
        Some(value) => form.with(name, value),
        None => form,
    })
}

/// The form without what makes no sense here.
pub fn meant(form: Form, kind: Kind, many: bool) -> Form {
    let meant: Vec<&str> = names(kind, many).collect();
    form.without(|name| NAMES.contains(&name) && !meant.contains(&name))
}

/// The platform names the wave where the console has one field for all of them.
pub fn here(error: Error) -> Error {
    let hint = match error.field {
        Some("wave" | "waves") => "Name others, or say how many: 1, 10%, tag:early.",
        Some("wait") => "Say who goes first, or let the run go on by itself.",
        _ => return error,
    };
    let field = if error.field == Some("wait") { "wait" } else { "waves" };
    let error = error.on(field);
    if error.hint.is_none() { error.hint(hint) } else { error }
}

#[cfg(test)]
mod tests {
    use neo::error::{Advice, Say};

    use super::*;

    #[test]
    fn waves_are_typed_one_after_the_other() {
        let read = waves("  1 10%  tag:early acme,beta ").unwrap_or_default();
        let told: Vec<_> = read.iter().map(Wave::to_string).collect();
        assert_eq!(told, ["1", "10%", "tag:early", "acme,beta"]);
        assert_eq!(waves("0").map_err(|e| e.field), Err(Some("waves")));
        assert!(waves("").unwrap_or_default().is_empty());
    }

    #[test]
    fn as_many_at_once_as_the_command_line_takes() {
        let at_once = |n: &str| policy(&Form::empty().with("concurrency", n)).map(|policy| policy.concurrency).ok();
        assert_eq!((at_once("1000"), at_once("1001"), at_once("0")), (Some(1000), None, None));
    }

    #[test]
    fn one_tenant_has_no_waves_and_a_rollback_no_later() {
        let typed = |form: &Form| form.fields().map(|(name, _)| name.to_owned()).collect::<Vec<_>>().join(" ");
        let form =
            || Form::empty().with("waves", "1").with("at", "2026-11-26T02:00").with("reason", "why").with("keys", "a");
        assert_eq!(typed(&meant(form(), Kind::Migrate, true)), "waves at reason keys");
        assert_eq!(typed(&meant(form(), Kind::Migrate, false)), "at reason keys");
        assert_eq!(typed(&meant(form(), Kind::Rollback, false)), "reason keys");
    }

    #[test]
    fn an_address_carries_only_what_was_chosen() {
        let form = Form::empty().with("waves", " 1 ").with("wait", "never").with("concurrency", "8").with("reason", "");
        assert_eq!(carried(&form).href("/runs/new"), "/runs/new?waves=1");
        assert_eq!(of(&carried(&form)).text("waves"), "1");
    }

    #[test]
    fn what_a_wave_lacks_is_told_at_its_field_and_in_the_words_of_the_page() {
        let said = Advice::from("name tenants that the run is on, or a number: ").act(Say::Canary);
        let error = here(Error::invalid("wave", "nobody").hint(said));
        assert_eq!(error.field, Some("waves"));
        let hint = error.hint.unwrap().plain();
        assert_eq!(hint, "name tenants that the run is on, or a number: 1, 10%, tag:early");
        let error = here(Error::invalid("waves", "odd").hint("a number of tenants"));
        assert_eq!(error.hint, Some("a number of tenants".into()));
    }
}
