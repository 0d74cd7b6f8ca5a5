//! What adopting a database would come to.

use leptos::prelude::*;
use neo::tenants::{Outcome, Survey};
use neo_model::Record;

use crate::page::advice;
use crate::ui::text::{count, version};
use crate::ui::{Banner, Mark, Status, Tone};

pub fn view(survey: &Survey) -> AnyView {
    let row = |name: &'static str, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let (mark, word) = match survey.outcome {
        Outcome::Ready => (Mark::Ok, "It can be adopted"),
        Outcome::Adopted => (Mark::Ok, "It is adopted already"),
        Outcome::Refused => (Mark::Failed, "It cannot be adopted as it is"),
    };
    let database = format!("{} on {}", survey.database, survey.server);
    let record = survey.record.map(|record| row("Record", kept_by(record).into_any()));
    let seen = survey.record.is_some();
    let version = seen.then(|| row("Version", version(survey.version).into_any()));
    let pending = survey.pending.map(|n| row("Pending", count(n, "migration").into_any()));
    view! {
        <section aria-labelledby="found">
            <h2 id="found">"What was found"</h2>
            {problem(survey)}
            {notes(&survey.notes)}
            <dl class="facts">
                {row("Outcome", view! { <Status mark=mark word=word /> }.into_any())}
                {row("Database", view! { <code>{database}</code> }.into_any())}
                {record}
                {baseline(&survey.baseline).map(|list| row("Counts as applied", list))}
                {version}
                {pending}
            </dl>
        </section>
    }
    .into_any()
}

/// What is to be known of it, a line each.
pub fn notes(notes: &[String]) -> Option<AnyView> {
    (!notes.is_empty()).then(|| {
        let lines = notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
        view! { <Banner tone=Tone::Warn title="To be known of it"><ul>{lines}</ul></Banner> }.into_any()
    })
}

fn problem(survey: &Survey) -> Option<AnyView> {
    let problem = survey.problem.clone()?;
    let (tone, title) = match survey.outcome {
        Outcome::Refused => (Tone::Bad, "It cannot be adopted as it is"),
        Outcome::Ready | Outcome::Adopted => (Tone::Warn, "It can be adopted, and a run would refuse it as it is"),
    };
    let hint = survey.hint.as_ref().map(|hint| view! { <p class="muted">{advice::view(hint)}</p> });
    Some(view! { <Banner tone=tone title=title><p>{problem}</p>{hint}</Banner> }.into_any())
}

fn kept_by(record: Record) -> &'static str {
    match record {
        Record::None => "none: every migration is pending",
        Record::Ledger => "_sqlx_migrations",
        Record::Knex => "knex_migrations",
    }
}

/// What another tool has applied.
fn baseline(migrations: &[String]) -> Option<AnyView> {
    (!migrations.is_empty()).then(|| {
        let lines = migrations.iter().map(|one| view! { <li><code>{one.clone()}</code></li> }).collect_view();
        view! {
            <details>
                <summary>{count(migrations.len() as i64, "migration")}</summary>
                <ul>{lines}</ul>
            </details>
        }
        .into_any()
    })
}
