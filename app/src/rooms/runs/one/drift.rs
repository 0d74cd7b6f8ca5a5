//! Which tenants of a run have another schema than most: a difference is no failure, and yet nobody meant it.

use leptos::prelude::*;
use neo::runs::{Reason, Run, TaskStatus};

use super::model::One;
use crate::query::Query;
use crate::rooms::runs::drift::lines;
use crate::rooms::runs::words::{drifted, drifted_told};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, number};

/// Beside the failures by cause: a difference is no failure, and yet nobody meant it.
pub fn view(one: &One) -> Option<AnyView> {
    let n = one.run.tenants.drifted;
    if n == 0 {
        return None;
    }
    let all =
        one.href(&Query::from([("status", TaskStatus::Succeeded.as_str()), ("reason", Reason::Drifted.as_str())]));
    let told = one.drift.iter().map(|drift| {
        let href = format!("{}#schema", tenants::one(&drift.tenant));
        view! { <p><a href=href>{drift.tenant.clone()}</a></p>{lines(drift)} }
    });
    let told = told.collect_view();
    let rest = n - one.drift.len() as i64;
    Some(
        view! {
            <section class="causes" aria-label="Drift">
                <div class="cause warn">
                    <b>{number(n)}</b>
                    <div>
                        <strong><a href=all>{drifted_told(n)}</a></strong>
                        <p class="muted">{drifted(n)}</p>
                        {told}
                        {(rest > 0).then(|| view! { <p class="muted">{format!("Of {} more see their pages.", number(rest))}</p> })}
                    </div>
                </div>
            </section>
        }
        .into_any(),
    )
}

/// What it means that a verification had nothing to compare some with.
pub fn alone(run: &Run) -> Option<AnyView> {
    let n = run.tenants.uncompared;
    let said = format!(
        "Nothing to compare {} with: there is no schema that most tenants with the same migrations, on the same engine and major \
         version, agree on.",
        count(n, "tenant")
    );
    (n > 0).then(|| view! { <p class="muted">{said}</p> }.into_any())
}
