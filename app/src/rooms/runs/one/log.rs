//! The tries of one tenant, or of all with one cause: what each did, and the database's words in full.

use leptos::prelude::*;
use neo::error::Advice;
use neo::runs::{Attempt, Failure, TaskStatus};

use super::model::One;
use crate::query::Query;
use crate::rooms::runs::excerpt;
use crate::rooms::runs::words::place;
use crate::ui::text::{count, duration, iso, sentence};

/// As many as fit a page one still reads.
const SHOWN: usize = 50;
/// The id of the first error's line.
const FIRST: &str = "first-error";

pub fn view(one: &One) -> AnyView {
    let Some(whose) = one.query.get("tenant").or_else(|| one.query.get("log")) else { return ().into_any() };
    let close = one.href(&one.query.without("tenant").without("log"));
    let total = one.attempts.len();
    let first = one.attempts.iter().take(SHOWN).position(|attempt| attempt.failure.is_some());
    let mut all = Query::from([("run", one.run.number.to_string().as_str())]);
    for (ours, theirs) in [("tenant", "tenant"), ("log", "cause")] {
        all = one.query.get(ours).into_iter().fold(all, |all, value| all.with(theirs, value));
    }
    let all = all.href("/api/v1/runs/attempts");
    let file = format!("run-{}-log.json", one.run.number);
    let download = (total > 0).then(|| view! { <a class="button quiet" href=all.clone() download=file>"Download"</a> });
    let jump = first.map(|_| view! { <a class="button quiet" href=format!("#{FIRST}")>"First error"</a> });
    let body = if total == 0 {
        let why = match one.run.pruned_at {
            Some(_) => "What was tried here is not kept any more: the run ended long ago.",
            None => "Nothing has been tried yet.",
        };
        view! { <p class="muted">{why}</p> }.into_any()
    } else {
        let tries = one.attempts.iter().take(SHOWN).enumerate();
        tries.map(|(at, tried)| attempt(tried, first == Some(at))).collect_view().into_any()
    };
    let title = match one.query.get("tenant") {
        Some(slug) => format!("Log of {slug}"),
        None => format!("Log of cause {whose}"),
    };
    // It grows while the run goes on.
    view! {
        <section id="log" aria-labelledby="log-title">
            <div id="run-log" data-live="">
                <div class="bar">
                    <h2 id="log-title">{title}</h2>
                    <span class="grow"></span>
                    {jump}
                    {download}
                    <a class="button quiet" href=close>"Close"</a>
                </div>
                {body}
                {(total > SHOWN).then(|| {
                    view! { <p class="muted">{format!("{} more are not shown here: ", total - SHOWN)}<a href=all>"all of them as JSON"</a></p> }
                })}
            </div>
        </section>
    }
    .into_any()
}

/// `first`: its error is the first on the page.
fn attempt(attempt: &Attempt, first: bool) -> AnyView {
    let mut lines: Vec<AnyView> = Vec::new();
    let mut line = |at: Option<i64>, text: String, bad: bool| {
        let time = at.map(clock).unwrap_or_default();
        let words = if bad {
            view! { <span class="at" id=first.then_some(FIRST)>{text}</span> }.into_any()
        } else {
            text.into_any()
        };
        lines.push(view! { <span class="t">{format!("{time:<14}")}</span>{words}"\n" }.into_any());
    };
    line(attempt.started_at, "began".to_owned(), false);
    for step in &attempt.steps {
        let took = step.ms.map(|ms| format!("  {}", duration(ms))).unwrap_or_default();
        line(Some(step.at), format!("{}{took}", step.migration), false);
    }
    // Of some it is not kept any more which they were.
    let others = attempt.applied - attempt.steps.len() as i64;
    if others > 0 {
        line(
            None,
            format!("{} done", count(others, if attempt.steps.is_empty() { "migration" } else { "more migration" })),
            false,
        );
    }
    let end = attempt.started_at.zip(attempt.ms).map(|(at, ms)| at + ms);
    match &attempt.failure {
        Some(failure) => said(failure, end, &mut line),
        None if attempt.status == TaskStatus::Running => line(None, format!("{} …", attempt.status.word()), false),
        None => line(end, attempt.status.word().to_owned(), false),
    }
    let excerpt = attempt.failure.as_ref().and_then(excerpt::view);
    let took = attempt.ms.map(|ms| format!(" · {}", duration(ms))).unwrap_or_default();
    let by = attempt.actor.clone().map(|actor| format!(" · by {actor}")).unwrap_or_default();
    let title = format!("{} · attempt {}", attempt.tenant, attempt.attempt);
    let more = format!(" {}{took}{by}", sentence(attempt.status.word()));
    view! { <h3>{title}<span class="muted">{more}</span></h3><pre tabindex="0">{lines}</pre>{excerpt} }.into_any()
}

/// Place, code and message; then whatever else the database had to say.
fn said(failure: &Failure, at: Option<i64>, line: &mut impl FnMut(Option<i64>, String, bool)) {
    let head: Vec<String> =
        [place(failure), failure.code.as_ref().map(|code| format!("code {code}")), Some(failure.message.clone())]
            .into_iter()
            .flatten()
            .collect();
    line(at, head.join("  "), true);
    // Told with its line, where that is known.
    let file = failure.file.clone().filter(|_| failure.excerpt.is_none());
    let hint = failure.hint.as_ref().map(Advice::plain);
    for (name, text) in [("detail", &failure.detail), ("hint", &hint), ("file", &file)] {
        if let Some(text) = text {
            line(None, format!("{name}: {text}"), false);
        }
    }
}

/// `14:02:13.104`
fn clock(ms: i64) -> String {
    iso(ms).get(11..23).unwrap_or_default().to_owned()
}
