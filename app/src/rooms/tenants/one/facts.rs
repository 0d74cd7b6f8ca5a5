//! What a tenant is, fact by fact.

use leptos::prelude::*;
use neo::tenants::{Before, Comparison, Kept, Tenant};

use crate::rooms::runs::links as runs;
use crate::rooms::tenants::words;
use crate::ui::{CopyText, Time};

pub fn view(tenant: &Tenant, before: Option<&Before>, kept: Option<&Kept>, compared: Comparison) -> AnyView {
    let row = |name: &'static str, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let code = |text: &str| view! { <code>{text.to_owned()}</code> }.into_any();
    let when = |ms: Option<i64>| match ms {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <dl class="facts">
            {row("Id", view! { <CopyText value=tenant.id.clone() /> }.into_any())}
            {row("Server", format!("{} ({})", tenant.server, tenant.engine.as_str()).into_any())}
            {row("Database", code(&tenant.database))}
            {(!tenant.username.is_empty()).then(|| row("Role", code(&tenant.username)))}
            {kept.map(|kept| row("Before its move", code(&format!("{} on {}", kept.database, kept.server))))}
            {before.map(|before| row("Had before", before.to_string().into_any()))}
            {row("Password hash", tenant.password_hash.word().into_any())}
            {row("Version", tenant.version.map_or_else(|| "none".into_any(), |v| code(&v.to_string())))}
            {row("Migrations applied", tenant.applied.to_string().into_any())}
            {row("Schema", words::compared(compared).into_any())}
            {row("Last looked at", when(tenant.verified_at))}
            {tenant.last_run.map(|n| row("Last run", view! { <a href=runs::one(n)>{format!("Run {n}")}</a> }.into_any()))}
            {row("Created", when(Some(tenant.created_at)))}
        </dl>
    }
    .into_any()
}
