//! How a schema differs from the one that most tenants with the same migrations have: told on the tenant's page, and under the
//! run that saw it.

use leptos::prelude::*;
use neo::tenants::Drift;

use crate::ui::text::count;

/// Lines of one difference.
const LINES: usize = 20;

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
