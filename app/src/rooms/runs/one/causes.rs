//! What failed, by cause: how many, what it means, the database's words, whom, and the act beside it.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::Cause;

use super::model::One;
use crate::may::denied_or;
use crate::page::advice;
use crate::query::Query;
use crate::rooms::runs::excerpt;
use crate::rooms::runs::ways_on::not_rerunnable;
use crate::rooms::runs::words::{meaning, place};
use crate::ui::Act;
use crate::ui::text::number;

pub fn view(one: &One) -> AnyView {
    if one.causes.is_empty() {
        return ().into_any();
    }
    let rows = one.causes.iter().map(|cause| row(one, cause)).collect_view();
    view! { <section class="causes" aria-label="Failures by cause">{rows}</section> }.into_any()
}

fn row(one: &One, cause: &Cause) -> AnyView {
    let failure = &cause.failure;
    let words = match &failure.code {
        Some(code) => format!("{} · code {code}", failure.message),
        None => failure.message.clone(),
    };
    let detail = failure.detail.clone().map(|detail| view! { <span class="muted">{detail}</span><br /> });
    let hint = failure.hint.as_ref().map(|hint| view! { <span class="muted">{advice::view(hint)}</span><br /> });
    let more = (detail, hint);
    let mut whom = cause.tenants.join(", ");
    let rest = cause.count - cause.tenants.len() as i64;
    if rest > 0 {
        whom.push_str(&format!(" and {} more", number(rest)));
    }
    let line = match place(failure).filter(|_| failure.excerpt.is_none()) {
        Some(place) => format!("{place} · {whom}"),
        None => whom,
    };
    let logs = Query::from([("cause", cause.fingerprint.as_str()), ("log", cause.fingerprint.as_str())]);
    let these = if cause.count == 1 { "this 1".to_owned() } else { format!("these {}", number(cause.count)) };
    let rerun = Query::from([("cause", cause.fingerprint.as_str())]).href(&format!("{}/rerun", one.path()));
    view! {
        <div class="cause" data-cause=cause.fingerprint.clone()>
            <b>{number(cause.count)}" ×"</b>
            <div>
                <strong>{meaning(failure.category)}</strong>
                <span class="err">{words}</span>
                {excerpt::view(failure)}
                {more}
                <span class="muted">{line}</span>
            </div>
            <div class="acts">
                <a class="button quiet" href=format!("{}#log", one.href(&logs))>"Log"</a>
                <Act
                    label=format!("Rerun {these}")
                    href=rerun
                    asks=true
                    denied=denied_or(&one.actor, Permission::Rerun, not_rerunnable(&one.run))
                />
            </div>
        </div>
    }
    .into_any()
}
