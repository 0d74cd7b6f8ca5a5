//! What failed, by cause: how many, what it means, the database's words, whom, and the act beside it.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::Cause;

use super::model::One;
use crate::may::{denied, denied_or};
use crate::query::Query;
use crate::rooms::runs::on_it;
use crate::rooms::runs::ways_on::not_rerunnable;
use crate::rooms::runs::why::{self, is_to_resolve};
use crate::rooms::runs::words::meaning;
use crate::rooms::tenants::links as tenants;
use crate::ui::Act;
use crate::ui::text::number;

pub fn view(one: &One) -> AnyView {
    if one.causes.is_empty() {
        return ().into_any();
    }
    let rows = one.causes.iter().map(|cause| row(one, cause)).collect_view();
    let whole = on_it::whose(&one.acknowledged, None);
    // Of one cause it is told with that.
    let all = (one.causes.len() > 1 || whole.is_some()).then(|| {
        let act = on_it::act(&one.actor, &one.run, None, whole.is_some());
        view! { <div class="bar"><div class="grow">{whole.map(on_it::told)}</div>{act}</div> }
    });
    view! { {all}<section class="causes" aria-label="Failures by cause">{rows}</section> }.into_any()
}

fn row(one: &One, cause: &Cause) -> AnyView {
    let failure = &cause.failure;
    let words = match &failure.code {
        Some(code) => format!("{} · code {code}", failure.message),
        None => failure.message.clone(),
    };
    let rest = cause.count - cause.tenants.len() as i64;
    let whom = cause.tenants.iter().enumerate().map(|(n, slug)| {
        let comma = (n > 0).then_some(", ");
        view! { {comma}<a href=tenants::one(slug)>{slug.clone()}</a> }
    });
    let whom = whom.collect_view();
    let more = (rest > 0).then(|| {
        let all = one.href(&Query::from([("cause", cause.fingerprint.as_str())]));
        view! { " and "<a href=all>{format!("{} more", number(rest))}</a> }
    });
    // Of several each is another: their pages lead there.
    let resolve = cause.tenants.first().filter(|_| cause.count == 1 && is_to_resolve(failure)).map(|slug| {
        let href = tenants::part(slug, "resolve");
        view! { <Act label="Resolve…" href=href denied=denied(&one.actor, Permission::Resolve) /> }
    });
    let taken = on_it::whose(&one.acknowledged, Some(&cause.fingerprint));
    let logs = Query::from([("cause", cause.fingerprint.as_str()), ("log", cause.fingerprint.as_str())]);
    let these = if cause.count == 1 { "this 1".to_owned() } else { format!("these {}", number(cause.count)) };
    let rerun = Query::from([("cause", cause.fingerprint.as_str())]).href(&format!("{}/rerun", one.path()));
    view! {
        <div class="cause" data-cause=cause.fingerprint.clone()>
            <b>{number(cause.count)}" ×"</b>
            <div>
                <strong>{meaning(failure.category)}</strong>
                <span class="err">{words}</span>
                {why::view(failure)}
                <p class="mono">{whom}{more}</p>
                {taken.map(on_it::told)}
            </div>
            <div class="acts">
                <a class="button quiet" href=format!("{}#log", one.href(&logs))>"Log"</a>
                {on_it::act(&one.actor, &one.run, Some(&cause.fingerprint), taken.is_some())}
                {resolve}
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
