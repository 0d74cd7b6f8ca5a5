//! A new tenant: name, slug, server, and if wanted its first admin. What follows is shown live on the tenant's own page.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::Permission;
use neo::error::Result;
use neo::servers::{self, ServerLoad};
use neo::tenants::NewTenant;

use super::fields::{self, Name};
use super::make::make;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::may::denied;
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::page::typed::Typed;
use crate::problems;
use crate::rooms::tenants::{command, links};
use crate::ui::{Act, CopyForm, Field, Nav};

pub async fn ask(State(app): State<AppState>, signed: Signed) -> Answer {
    shown(&app.platform, &signed, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<NewTenant>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|new| make(&door, new)).await? {
        Ok(slug) => Ok(see_other(&links::one(&slug))),
        Err(form) => shown(&app.platform, &signed, form).await,
    }
}

async fn shown(platform: &Platform, signed: &Signed, form: Form) -> Result<Response, AppError> {
    let servers = servers::list(platform, &signed.actor).await?;
    let shown = Page::new(Nav::Tenants, "New tenant").under("Tenants", links::LIST).form(&form);
    let closed = denied(&signed.actor, Permission::AdoptTenants);
    Ok(page(signed, shown, move || view(&form, servers, closed)).await)
}

fn view(form: &Form, servers: Vec<ServerLoad>, closed: Option<String>) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let has_admin = ["email", "first_name", "last_name"].iter().any(|f| !form.text(f).is_empty());
    let admin_wrong =
        ["email", "first_name", "last_name", "password", "password_hash"].iter().any(|f| form.error(f).is_some());
    view! {
        <div class="head">
            <div><h1>"New tenant"</h1><p>"A database of its own, at the newest version, on one of your servers."</p></div>
            <div class="acts"><Act label="Adopt a database…" href=links::ADOPT denied=closed /></div>
        </div>
        // What somebody typed as a slug is theirs: none is proposed over it.
        <form method="post" action=links::NEW class="column" data-proposes=text("slug").is_empty().then_some("slug")>
            {form.summary()}
            {fields::whose(form, servers, Name { required: true, autofocus: !form.is_refused() }, &wrong)}
            <details class="more" open=has_admin || admin_wrong>
                <summary class="button">"First admin…"</summary>
                {fields::password_hash(form, &wrong)}
                <p class="hint">"Optional: the tenant's first user, with the role admin inside it."</p>
                <Field name="email" label="Email" kind="email" value=text("email") error=wrong("email") />
                <Field name="first_name" label="First name" value=text("first_name") error=wrong("first_name") />
                <Field name="last_name" label="Last name" value=text("last_name") error=wrong("last_name") />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    error=wrong("password")
                    hint="At least 12 characters; a few words that do not belong together."
                    autocomplete="new-password"
                />
            </details>
            <div class="acts">
                <button type="submit" class="primary">"Create tenant"</button>
                <a class="button" href=links::LIST>"Cancel"</a>
                <CopyForm command=command::create(&form.told()) from=links::NEW />
            </div>
        </form>
    }
    .into_any()
}
