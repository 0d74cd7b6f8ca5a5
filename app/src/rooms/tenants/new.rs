//! A new tenant: name, slug, server, and if wanted its first admin. What follows is shown live on the tenant's own page.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::error::{Error, Result};
use neo::servers::{self, ServerLoad};
use neo::tenants::{FirstAdmin, NewTenant};
use neo::{Platform, actor::Actor, runs};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::one::path;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::problems;
use crate::ui::text::count;
use crate::ui::{Choice, Field, Nav};

pub async fn ask(State(app): State<AppState>, signed: Signed) -> Answer {
    signed.actor.authorise(Permission::ProvisionTenants)?;
    shown(&app.platform, &signed, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    match make(&app.platform, &signed.actor, &form).await {
        Ok(slug) => Ok(see_other(&path(&slug))),
        Err(error) => shown(&app.platform, &signed, form.refuse(here(error))?).await,
    }
}

/// The first admin's fields have names of their own on the command line.
fn here(error: Error) -> Error {
    match error.field {
        Some("admin_email") => error.on("email"),
        Some("admin_first_name") => error.on("first_name"),
        Some("admin_last_name") => error.on("last_name"),
        Some("admin_password") => error.on("password"),
        _ => error,
    }
}

/// Another try, from the step that failed.
pub async fn retry(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    runs::provision_again(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&path(&slug)))
}

async fn make(platform: &Platform, actor: &Actor, form: &Form) -> Result<String> {
    let name = form.optional("name").map(str::to_owned);
    let slug = match (form.optional("slug"), &name) {
        (Some(slug), _) => slug.to_owned(),
        (None, Some(name)) => slug_of(name),
        (None, None) => return Err(Error::invalid("name", "a tenant needs a name or a slug")),
    };
    let new = NewTenant {
        slug,
        name,
        server: form.optional("server").map(str::to_owned),
        tags: form.text("tags").split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect(),
        admin: first_admin(form)?,
    };
    let (tenant, _run) = runs::provision(platform, actor, new).await?;
    Ok(tenant.slug)
}

/// All of the fields or none of them.
fn first_admin(form: &Form) -> Result<Option<FirstAdmin>> {
    const FIELDS: [&str; 3] = ["email", "first_name", "last_name"];
    if FIELDS.iter().all(|field| form.text(field).is_empty()) && form.raw("password").is_empty() {
        return Ok(None);
    }
    for field in FIELDS {
        if form.text(field).is_empty() {
            return Err(Error::invalid(
                field,
                "the first admin needs an email, a first and a last name, and a password",
            ));
        }
    }
    Ok(Some(FirstAdmin {
        email: form.text("email").to_owned(),
        password: form.secret("password"),
        first_name: form.text("first_name").to_owned(),
        last_name: form.text("last_name").to_owned(),
    }))
}

/// `Søhne & Müller B.V.` → `s-hne-muller-b-v`: letters without their marks, and what is none beyond ASCII is left out. The
/// person sees the slug and may type one.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').chars().take(40).collect::<String>().trim_end_matches('-').to_owned()
}

async fn shown(platform: &Platform, signed: &Signed, form: Form) -> Result<Response, crate::error::AppError> {
    let servers = servers::list(platform, &signed.actor).await?;
    let shown = Page::new(Nav::Tenants, "New tenant").under("Tenants", super::list::PATH).form(&form);
    Ok(page(signed, shown, move || view(&form, servers)).await)
}

fn view(form: &Form, servers: Vec<ServerLoad>) -> AnyView {
    let options = servers
        .into_iter()
        .map(|load| {
            let label =
                format!("{} · {} · {}", load.server.name, load.server.engine.as_str(), count(load.tenants, "tenant"));
            (load.server.name, label)
        })
        .collect();
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let has_admin = ["email", "first_name", "last_name"].iter().any(|f| !form.text(f).is_empty());
    let admin_wrong = ["email", "first_name", "last_name", "password"].iter().any(|f| form.error(f).is_some());
    view! {
        <div class="head">
            <div><h1>"New tenant"</h1><p>"A database of its own, at the newest version, on one of your servers."</p></div>
        </div>
        <form method="post" action="/tenants/new" class="column">
            {form.summary()}
            <Field name="name" label="Name" value=text("name") error=wrong("name") required=true autofocus=!form.is_refused() />
            <Field
                name="slug"
                label="Slug"
                value=text("slug")
                error=wrong("slug")
                hint="Its address and its name on the command line. Left empty, it is made from the name; it cannot be changed later."
                mono=true
                maxlength=63
            />
            <Choice name="server" label="Server" options=options value=text("server") error=wrong("server") />
            <details class="more" open=has_admin || admin_wrong>
                <summary class="button">"First admin…"</summary>
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
                <a class="button" href=super::list::PATH>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn a_name_makes_a_slug() {
        assert_eq!(slug_of("Acme Nederland B.V."), "acme-nederland-b-v");
        assert_eq!(slug_of("  Ünï—Corp 2 "), "uni-corp-2");
        assert_eq!(slug_of("***"), "");
    }
}
