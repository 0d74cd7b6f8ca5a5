//! The question before a backup is restored: as whom, and on which server.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::backups::{self, Backup};
use neo::error::{Error, Kind, Result};
use neo::runs::Restore;
use neo::servers::{self, ServerLoad};
use neo::tenants::{self, Tenant};

use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::page::typed::Typed;
use crate::problems;
use crate::query::Query;
use crate::rooms::tenants::links as tenants_at;
use crate::ui::{Choice, Confirm, Field, Nav, Tick};

/// As it was typed.
pub struct Asked(Restore);

impl TryFrom<&Form> for Asked {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self(Restore {
            file: form.text("file").to_owned(),
            slug: form.optional("slug").map(str::to_owned),
            server: form.optional("server").map(str::to_owned),
            confirm: form.optional("confirm").map(str::to_owned),
            no_backup: !form.ticked("backup"),
        }))
    }
}

pub async fn ask(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    asked(&app, &signed, query.text("file").to_owned(), Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<Asked>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(async |Asked(asked)| calls::restore(&door, asked).await).await? {
        Ok(begun) => Ok(see_other(&tenants_at::one(&begun.tenant))),
        Err(form) => {
            let file = form.text("file").to_owned();
            asked(&app, &signed, file, form).await
        }
    }
}

async fn asked(app: &AppState, signed: &Signed, file: String, form: Form) -> std::result::Result<Response, AppError> {
    let (platform, actor) = (&app.platform, &signed.actor);
    let (_, backup) = backups::find(platform, actor, &file).await?;
    let there = match tenants::find(platform, actor, &backup.slug).await {
        Ok(tenant) => Some(tenant).filter(|tenant| tenant.id == backup.tenant_id),
        Err(error) if error.kind == Kind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let servers = servers::list(platform, actor).await?;
    let shown = Page::new(Nav::Backups, "Restore").under("Backups", links::LIST).form(&form);
    Ok(page(signed, shown, move || view(&backup, there.as_ref(), servers, &form)).await)
}

fn view(backup: &Backup, there: Option<&Tenant>, servers: Vec<ServerLoad>, form: &Form) -> AnyView {
    let file = links::name(&backup.file);
    let said = |name: &str| (form.text(name).to_owned(), problems::on(form, name));
    let ((slug, slug_wrong), (server, server_wrong), (_, confirm_wrong)) =
        (said("slug"), said("server"), said("confirm"));
    let own = format!("where {} lives, or lived", backup.slug);
    let of_engine = servers.into_iter().filter(|load| load.server.engine == backup.engine).map(|load| load.server.name);
    let options = std::iter::once((String::new(), own)).chain(of_engine.map(|name| (name.clone(), name))).collect();
    let hint = match there {
        Some(_) => format!("Of a new tenant. Left empty, it takes the place of what {} has now.", backup.slug),
        None => format!("Of the tenant that it becomes. Left empty, it is {} again.", backup.slug),
    };
    let over = there.map(|tenant| {
        let slug = tenant.slug.clone();
        let (hint, label) = (
            format!("Of what {slug} has now; without it, that is lost."),
            format!("Type {slug} to put it in the place of what {slug} has now"),
        );
        view! {
            <Tick name="backup" value="1" label="Take a backup first" checked=true hint=hint />
            <Field name="confirm" label=label error=confirm_wrong mono=true />
        }
    });
    let what = match there {
        Some(tenant) => format!(
            "A new database is made and filled. In the place of what {} has, it is used once it is whole: the tenant is out of use meanwhile, \
             and what it had is dropped then. Its database and login have new names; applications that ask for its connection hear of them.",
            tenant.slug
        ),
        None => "A new tenant is made, with a database and a login of its own, and filled with the backup.".to_owned(),
    };
    view! {
        <div class="head"><div><h1>{format!("Restore {file}?")}</h1><p>{format!("A backup of {}", backup.name)}</p></div></div>
        {form.summary()}
        <Confirm
            action=links::RESTORE
            verb="Restore"
            cancel=links::LIST
            hidden=vec![("file".to_owned(), file.clone())]
            danger=there.is_some()
            cli=format!("neo tenant restore {file}")
        >
            <p>{what}</p>
            <Field name="slug" label="Slug" value=slug error=slug_wrong hint=hint mono=true maxlength=63 />
            <Choice name="server" label="Server" options=options value=server error=server_wrong />
            {over}
        </Confirm>
    }
    .into_any()
}
