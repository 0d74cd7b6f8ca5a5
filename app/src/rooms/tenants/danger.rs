//! The lifecycle acts of one tenant, each asked for by its weight: resuming happens, suspending and archiving ask, deleting
//! asks for the slug.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::clock::milliseconds;
use neo::error::{Error, Result};
use neo::tenants::{self, Status as Life, Tenant};

use super::one::{One, path};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::{denied, denied_or};
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::ui::{Act, Confirm, Danger, Field, Tick};

/// An act that asks first, on a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grave {
    Quarantine,
    Suspend,
    Archive,
    Delete,
    CleanUp,
}

impl Grave {
    fn of(segment: &str) -> Result<Self> {
        match segment {
            "quarantine" => Ok(Grave::Quarantine),
            "suspend" => Ok(Grave::Suspend),
            "archive" => Ok(Grave::Archive),
            "delete" => Ok(Grave::Delete),
            "clean-up" => Ok(Grave::CleanUp),
            other => Err(Error::not_found("page", other)),
        }
    }

    fn segment(self) -> &'static str {
        match self {
            Grave::Quarantine => "quarantine",
            Grave::Suspend => "suspend",
            Grave::Archive => "archive",
            Grave::Delete => "delete",
            Grave::CleanUp => "clean-up",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Grave::Quarantine => "Quarantine",
            Grave::Suspend => "Suspend",
            Grave::Archive => "Archive",
            Grave::Delete => "Delete",
            Grave::CleanUp => "Clean up",
        }
    }

    fn permission(self) -> Permission {
        match self {
            Grave::Quarantine | Grave::Suspend => Permission::EditTenants,
            Grave::Archive => Permission::ArchiveTenants,
            Grave::Delete | Grave::CleanUp => Permission::ProvisionTenants,
        }
    }

    fn what_happens(self) -> &'static str {
        match self {
            Grave::Quarantine => {
                "For as long as you say, runs on all tenants leave it out; they count and name it. A run that names it still works on it, and \
                 its users notice nothing. Say why, for whoever is on duty next."
            }
            Grave::Suspend => {
                "Its users cannot sign in, and runs on all tenants leave it out. Its database stays as it is. Resuming takes \
                 it back."
            }
            Grave::Archive => {
                "It leaves the working fleet: no sign-in, no runs. Its database stays where it is until the tenant is deleted."
            }
            Grave::Delete => {
                "Its database and its role are dropped. The row and the audit stay. This cannot be taken back."
            }
            Grave::CleanUp => {
                "Every step that was begun is undone, in reverse; only what bears this tenant's marker is dropped. The slug is \
                 free again afterwards."
            }
        }
    }

    async fn carry_out(self, platform: &Platform, actor: &Actor, tenant: &Tenant, form: &Form) -> Result<()> {
        let key = tenant.id.as_str();
        match self {
            Grave::Quarantine => {
                let ms = form.optional("for").map(milliseconds).transpose();
                let ms = ms.map_err(|why| Error::invalid("for", why))?;
                tenants::quarantine(platform, actor, key, form.text("reason"), form.optional("owner"), ms)
                    .await
                    .map(drop)
            }
            Grave::Suspend => tenants::suspend(platform, actor, key).await.map(drop),
            Grave::Archive => tenants::archive(platform, actor, key).await.map(drop),
            Grave::Delete => {
                let backup = form.ticked("backup");
                tenants::delete(platform, actor, key, form.text("confirm"), backup).await.map(drop)
            }
            Grave::CleanUp => tenants::provision::undo(platform, actor, key, &|_| ()).await.map(drop),
        }
    }
}

pub async fn ask(State(app): State<AppState>, signed: Signed, Path((slug, act)): Path<(String, String)>) -> Answer {
    let (grave, one) = (Grave::of(&act)?, One::load(&app.platform, &signed.actor, &slug).await?);
    signed.actor.authorise(grave.permission())?;
    Ok(asked(&signed, one, grave, Form::empty()).await)
}

pub async fn act(
    State(app): State<AppState>,
    signed: Signed,
    Path((slug, act)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (grave, one) = (Grave::of(&act)?, One::load(&app.platform, &signed.actor, &slug).await?);
    match grave.carry_out(&app.platform, &signed.actor, &one.tenant, &form).await {
        Ok(()) if grave == Grave::CleanUp => Ok(see_other(super::list::PATH)),
        Ok(()) => Ok(see_other(&one.path())),
        Err(error) => Ok(asked(&signed, one, grave, form.refuse(error)?).await),
    }
}

/// Back to work, at once.
pub async fn resume(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    tenants::resume(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&path(&slug)))
}

/// Out of quarantine before its time.
pub async fn release(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    tenants::release(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&path(&slug)))
}

/// Name and tags.
pub async fn edit(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
    let tenant = tenants::find(&app.platform, &signed.actor, &slug).await?;
    let tags: Vec<String> =
        form.text("tags").split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
    if form.text("name") != tenant.name {
        tenants::rename(&app.platform, &signed.actor, &slug, form.text("name")).await?;
    }
    if tags != tenant.tags {
        tenants::set_tags(&app.platform, &signed.actor, &slug, &tags).await?;
    }
    Ok(see_other(&path(&slug)))
}

async fn asked(signed: &Signed, one: One, grave: Grave, form: Form) -> axum::response::Response {
    let shown = one.page(grave.verb()).form(&form);
    page(signed, shown, move || question(&one, grave, &form)).await
}

fn question(one: &One, grave: Grave, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let expect = (grave == Grave::Delete).then(|| slug.clone());
    let backup = (grave == Grave::Delete).then(|| {
        view! {
            <Tick name="backup" value="1" label="Take a backup first" checked=true hint="Kept under the data folder of the server." />
        }
    });
    let quarantine = (grave == Grave::Quarantine).then(|| quarantine(one, form));
    let cli = (grave == Grave::Quarantine).then(|| format!("neo tenant quarantine {slug} --reason … --for 7d"));
    let typed = expect.clone().map(|slug| crate::ui::text::sentence(&format!("type {slug} below to go on.")));
    view! {
        <div class="head"><div><h1>{format!("{} {slug}?", grave.verb())}</h1><p>{one.tenant.name.clone()}</p></div></div>
        {form.summary()}
        <Confirm
            action=format!("{}/{}", one.path(), grave.segment())
            verb=format!("{} {slug}", grave.verb())
            cancel=one.path()
            expect=expect
            cli=cli.unwrap_or_default()
            danger=matches!(grave, Grave::Delete | Grave::CleanUp)
            error=problems::on(form, "confirm")
        >
            <p>{grave.what_happens()}</p>
            {typed.map(|typed| view! { <p>{typed}</p> })}
            {backup}
            {quarantine}
        </Confirm>
    }
    .into_any()
}

/// Why, how long, and whose it is.
fn quarantine(one: &One, form: &Form) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let length = form.optional("for").unwrap_or("7d").to_owned();
    let owner = format!("Who looks after it. Empty: you, {}.", one.actor.name);
    view! {
        <Field name="reason" label="Reason" value=text("reason") error=wrong("reason") required=true />
        <Field name="for" label="How long" value=length error=wrong("for") hint="12h, 7d. Then it ends by itself." required=true />
        <Field name="owner" label="Owner" value=text("owner") error=wrong("owner") hint=owner />
    }
    .into_any()
}

/// The last section of a tenant's page.
pub fn zone(one: &One) -> AnyView {
    let (tenant, actor) = (&one.tenant, &one.actor);
    let link = |grave: Grave, closed: Option<&str>| {
        view! {
            <Act
                label=format!("{}…", grave.verb())
                href=format!("{}/{}", one.path(), grave.segment())
                denied=denied_or(actor, grave.permission(), closed)
            />
        }
    };
    let row = |title: &'static str, text: &'static str, act: AnyView| {
        view! { <div class="bar"><div class="grow"><strong>{title}</strong><br /><span class="muted">{text}</span></div>{act}</div> }
            .into_any()
    };
    let press = |act: &str, verb: &str| {
        let closed = denied(actor, Permission::EditTenants);
        let disabled = closed.is_some();
        view! {
            <form method="post" action=format!("{}/{act}", one.path())>
                <button type="submit" disabled=disabled title=closed>{format!("{verb} {}", tenant.slug)}</button>
            </form>
        }
        .into_any()
    };
    let archive = matches!(tenant.status, Life::Active | Life::Suspended);
    let delete = matches!(tenant.status, Life::Active | Life::Suspended | Life::Archived);
    let left_out = tenant.quarantine.is_some();
    let rows: Vec<AnyView> = [
        (tenant.status == Life::Active && !left_out).then(|| {
            row("Quarantine", "Left out of runs on all tenants for a while.", link(Grave::Quarantine, None).into_any())
        }),
        left_out.then(|| row("Release", "Runs on all tenants take it again.", press("release", "Release"))),
        (tenant.status == Life::Active).then(|| {
            row("Suspend", "No sign-in and no runs until it is resumed.", link(Grave::Suspend, None).into_any())
        }),
        (tenant.status == Life::Suspended).then(|| row("Resume", "Sign-in and runs again.", press("resume", "Resume"))),
        archive.then(|| row("Archive", "Out of the fleet; the database stays.", link(Grave::Archive, None).into_any())),
        delete.then(|| {
            row("Delete", "Drops the database and its role, after a backup.", link(Grave::Delete, None).into_any())
        }),
        (tenant.status == Life::Failed).then(|| {
            row("Clean up", "Undoes what provisioning began and frees the slug.", link(Grave::CleanUp, None).into_any())
        }),
        (tenant.status == Life::Deleted)
            .then(|| view! { <p class="muted">"This tenant is deleted. Its row and its audit stay."</p> }.into_any()),
    ]
    .into_iter()
    .flatten()
    .collect();
    // While it is being made there is nothing to take back yet.
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <Danger>
            {rows}
        </Danger>
    }
    .into_any()
}
