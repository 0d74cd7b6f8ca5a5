//! How a schema differs from the one that most tenants with the same migrations have: told on the tenant's page, and under the
//! run that saw it.

use leptos::prelude::*;
use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::runs::{self, DRIFTED, Run, TaskFilter};
use neo::tenants::{self, Drift};

use super::one::One;
use crate::query::{Query, segment};
use crate::ui::text::{count, number};

/// What sets so many tenants apart, in one sentence.
pub fn meaning(n: i64) -> String {
    let whose = if n == 1 { "Its" } else { "Their" };
    format!("{whose} schema is not the one that most tenants with the same migrations have.")
}

/// As many are told with their differences; the others are in the table.
const SHOWN: u32 = 5;
/// Lines of one difference.
const LINES: usize = 20;

pub async fn load(platform: &Platform, actor: &Actor, run: &Run) -> Result<Vec<Drift>> {
    let mut found = Vec::new();
    if run.tenants.drifted == 0 {
        return Ok(found);
    }
    let filter = TaskFilter { reason: Some(DRIFTED.to_owned()), limit: SHOWN, ..TaskFilter::default() };
    for task in runs::tasks(platform, actor, run.number, &filter).await?.tasks {
        let tenant = tenants::find(platform, actor, &task.tenant_id).await?;
        found.extend(tenants::drift(platform, actor, &tenant).await?);
    }
    Ok(found)
}

/// Beside the failures by cause: a difference is no failure, and yet nobody meant it.
pub fn view(one: &One) -> Option<AnyView> {
    let n = one.run.tenants.drifted;
    if n == 0 {
        return None;
    }
    let all = one.href(&Query::from([("status", "succeeded"), ("reason", DRIFTED)]));
    let told = one.drift.iter().map(|drift| {
        let href = format!("/tenants/{}#schema", segment(&drift.tenant));
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
                        <strong><a href=all>{if n == 1 { "tenant has drifted" } else { "tenants have drifted" }}</a></strong>
                        <p class="muted">{meaning(n)}</p>
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

/// The differences, line by line.
pub fn lines(drift: &Drift) -> AnyView {
    let more = drift.differs.len().saturating_sub(LINES) as i64;
    let text = drift.differs.iter().take(LINES).map(|line| format!("{line}\n")).collect::<String>();
    let label = format!("How the schema of {} differs", drift.tenant);
    view! {
        <pre tabindex="0" role="group" aria-label=label><code>{text}</code></pre>
        {(more > 0).then(|| view! { <p class="muted">{format!("And {}.", count(more, "more line"))}</p> })}
    }
    .into_any()
}
