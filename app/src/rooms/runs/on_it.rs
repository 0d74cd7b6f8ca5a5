//! Who is on it: told beside what failed, with the way to take it or to hand it over.

use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::runs::{Acknowledged, Run};

use crate::may::denied;
use crate::query::Query;
use crate::rooms::runs::links;
use crate::ui::{Act, Time};

/// `Ada is on it, since 5 min ago: their DBA is awake`
pub fn told(one: &Acknowledged) -> AnyView {
    let note = one.note.clone().map(|note| view! { ": “"{note}"”" });
    view! { <p class="on-it"><strong>{one.who.clone()}</strong>" is on it since "<Time ms=one.at />{note}</p> }
        .into_any()
}

/// Of those who are on a run, whoever is on this cause of it, or (without one) on all of it.
pub fn whose<'a>(all: &'a [Acknowledged], cause: Option<&str>) -> Option<&'a Acknowledged> {
    all.iter().find(|one| one.cause.as_deref() == cause)
}

pub fn act(actor: &Actor, run: &Run, cause: Option<&str>, taken: bool) -> AnyView {
    let query = cause.into_iter().fold(Query::default(), |query, cause| query.with("cause", cause));
    let label = if taken { "Hand over…" } else { "I am on it…" };
    let href = query.href(&links::act(run.number, "acknowledge"));
    view! { <Act label=label href=href asks=true denied=denied(actor, Permission::Rerun) /> }.into_any()
}
