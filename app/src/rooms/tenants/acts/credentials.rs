//! How to sign in to a tenant's database: asked for first, and shown on one page that nothing keeps.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::page;
use crate::rooms::tenants::api::connection::TenantConnection;
use crate::rooms::tenants::calls::connection::credentials;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Banner, Confirm, CopyText, Tone};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let shown = titled(&one, "Credentials");
    Ok(page(&signed, shown, move || question(&one)).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let told = credentials(&Door::of(&app.platform, &signed)?, &slug).await?;
    Ok(once(&signed, one, told.into()).await)
}

fn question(one: &One) -> AnyView {
    let slug = one.tenant.slug.clone();
    view! {
        <div class="head"><div><h1>{format!("Credentials of {slug}")}</h1></div></div>
        <Confirm
            action=one.part("credentials")
            verb="Show the credentials"
            cancel=one.path()
            cli=format!("neo tenant credentials {slug}")
        >
            <p>
                "Whoever has them is let in to the tenant's data. They are shown once; that you were told them is in the audit. An application \
                 asks for them itself, with a token that was made to connect."
            </p>
        </Confirm>
    }
    .into_any()
}

/// The only page that has them: they are in no address and in no other answer.
async fn once(signed: &Signed, one: One, told: TenantConnection) -> Response {
    let shown = titled(&one, "Credentials");
    page(signed, shown, move || view(&one, told)).await
}

fn view(one: &One, told: TenantConnection) -> AnyView {
    let row = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{name}</dt><dd><CopyText value=value label=name.to_lowercase() /></dd> })
    };
    view! {
        <div class="head"><div><h1>{format!("Credentials of {}", one.tenant.slug)}</h1></div></div>
        <Banner tone=Tone::Warn title="They are not kept here: this page shows them once." />
        <dl class="facts">
            <dt>"Engine"</dt>
            <dd>{told.engine.to_string()}</dd>
            {row("Host", told.host)}
            {row("Port", told.port.map(|port| port.to_string()))}
            {row("Database", Some(told.database))}
            {row("User", told.user)}
            {row("Password", told.password.map(String::from))}
            {row("Password to come", told.next_password.map(String::from))}
            <dt>"TLS"</dt>
            <dd>{told.tls.to_string()}</dd>
        </dl>
        <div class="acts"><a class="button" href=one.path()>"Back to the tenant"</a></div>
    }
    .into_any()
}
