//! A database that exists becomes a tenant's: looked at first, with nothing touched, and then adopted.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::Platform;
use neo::error::{Error, Kind, Result};
use neo::servers::{self, ServerLoad};
use neo::tenants::{Adopted, Entry, Survey};

use super::survey;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::problems;
use crate::rooms::tenants::calls::making;
use crate::rooms::tenants::new::fields::{self, Name};
use crate::rooms::tenants::{command, links};
use crate::ui::{CopyForm, Field, Nav, Tick};

pub async fn ask(State(app): State<AppState>, signed: Signed) -> Answer {
    shown(&app.platform, &signed, Form::empty(), None).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let done = match Entry::try_from(&form) {
        Ok(entry) => making::adopt(&door, &entry, form.ticked("look")).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(Adopted::Survey(survey)) => shown(&app.platform, &signed, form, Some(*survey)).await,
        Ok(Adopted::Tenant(tenant)) if tenant.notes.is_empty() => Ok(see_other(&links::one(&tenant.row.slug))),
        Ok(Adopted::Tenant(tenant)) => {
            let (slug, notes) = (tenant.row.slug, tenant.notes);
            let title = format!("{slug} is adopted");
            let shown = Page::new(Nav::Tenants, title.clone()).under("Tenants", links::LIST);
            Ok(page(&signed, shown, move || adopted(&title, &slug, &notes)).await)
        }
        Err(error) => shown(&app.platform, &signed, form.refuse(mendable(error))?, None).await,
    }
}

/// A database that does not answer is mended here: a wrong name, a firewall.
fn mendable(mut error: Error) -> Error {
    if error.kind == Kind::Unavailable {
        error.kind = Kind::Conflict;
    }
    error
}

async fn shown(platform: &Platform, signed: &Signed, form: Form, survey: Option<Survey>) -> Result<Response, AppError> {
    let servers = servers::list(platform, &signed.actor).await?;
    let shown = Page::new(Nav::Tenants, "Adopt a database");
    let shown = shown.under("Tenants", links::LIST).under("New tenant", links::NEW).form(&form);
    Ok(page(signed, shown, move || view(&form, servers, survey.as_ref())).await)
}

fn view(form: &Form, servers: Vec<ServerLoad>, survey: Option<&Survey>) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    // What a look has found wrong is wrong with a field as well.
    let found = |name: &str| survey.filter(|survey| survey.field.as_deref() == Some(name))?.problem.clone();
    let wrong = |name: &str| problems::on(form, name).or_else(|| found(name));
    // What is secret is never written back.
    let password = match survey.is_some() || form.is_refused() {
        true => "It is not kept between the looks: type it again.",
        false => "Of that user. Sealed before it is kept; empty for a file.",
    };
    let name = Name { required: false, autofocus: !form.is_refused() && survey.is_none() };
    let knows_more = form.ticked("no_record") || !text("record_table").is_empty() || wrong("record_table").is_some();
    view! {
        <div class="head">
            <div>
                <h1>"Adopt a database"</h1>
                <p>"A database that exists becomes a tenant's. What its record says is applied counts as applied; Neo never drops what it did not make."</p>
            </div>
        </div>
        {survey.map(survey::view)}
        // What somebody typed as a slug is theirs: none is proposed over it.
        <form method="post" action=links::ADOPT class="column" data-proposes=text("slug").is_empty().then_some("slug")>
            {form.summary()}
            {fields::whose(form, servers, name, &wrong)}
            <Field
                name="database"
                label="Database"
                value=text("database")
                error=wrong("database")
                hint="Its name on the server; on SQLite the path of the file, where Neo runs."
                required=true
                mono=true
            />
            <Field name="user" label="User" value=text("user") error=wrong("user") hint="The login that it is opened with; empty for a file." mono=true />
            <Field name="password" label="Password" kind="password" error=wrong("password") hint=password autocomplete="new-password" />
            <Tick name="sealed" value="1" label="This is the password as the replaced system has sealed it" checked=form.ticked("sealed") />
            {fields::password_hash(form, &wrong)}
            <details class="more" open=knows_more>
                <summary class="button">"Its record…"</summary>
                <Field
                    name="record_table"
                    label="Table of knex's record"
                    value=text("record_table")
                    error=wrong("record_table")
                    hint="Where it is not knex_migrations."
                    mono=true
                />
                <Tick
                    name="no_record"
                    value="1"
                    label="Nobody has kept one"
                    checked=form.ticked("no_record")
                    hint="None of the migrations has been applied there: all are pending."
                />
            </details>
            <div class="acts">
                // The first is what the Enter key means: it touches nothing.
                <button type="submit" name="look" value="1">"Look first"</button>
                <button type="submit" class="primary">"Adopt"</button>
                <a class="button" href=links::NEW>"Cancel"</a>
                <CopyForm command=command::adopt(&form.told()) from=links::ADOPT />
            </div>
        </form>
    }
    .into_any()
}

fn adopted(title: &str, slug: &str, notes: &[String]) -> AnyView {
    view! {
        <div class="head">
            <div><h1>{title.to_owned()}</h1><p>"Its database stays where it is."</p></div>
            <div class="acts"><a class="button primary" href=links::one(slug)>{format!("Open {slug}")}</a></div>
        </div>
        {survey::notes(notes)}
    }
    .into_any()
}
