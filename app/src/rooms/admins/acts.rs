//! What is done to an admin. Disabling asks.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::{Permission, Role};

use super::one::again;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::rooms::admins::links;
use crate::ui::{Confirm, Nav};

pub async fn set_role(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, mut form: Form) -> Answer {
    let Some(role) = form.parsed::<Role>("role") else { return again(&app, &signed, &id, form).await };
    match neo::admins::set_role(&app.platform, &signed.actor, &id, role).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, form.refuse(error)?).await,
    }
}

pub async fn reset_password(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, form: Form) -> Answer {
    match neo::admins::reset_password(&app.platform, &signed.actor, &id, form.secret("password")).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, form.refuse(error)?).await,
    }
}

pub async fn enable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = neo::admins::enable(&app.platform, &signed.actor, &id).await?;
    Ok(see_other(&links::one(&admin.id)))
}

pub async fn end_sessions(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    neo::admins::end_sessions(&app.platform, &signed.actor, &id).await?;
    Ok(see_other(&links::one(&id)))
}

pub async fn disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match neo::admins::disable(&app.platform, &signed.actor, &id).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn ask_disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    signed.actor.authorise(Permission::ManageAdmins)?;
    let admin = neo::admins::find(&app.platform, &signed.actor, &id).await?;
    let here = links::one(&admin.id);
    let page = Page::new(Nav::Admins, "Disable").under("Admins", links::LIST).under(admin.email.clone(), here.clone());
    let page = render::page(&signed, page, move || {
        view! {
            <h1>{format!("Disable {}?", admin.email)}</h1>
            <Confirm action=links::act(&admin.id, "disable") verb="Disable 1 admin" cancel=here.clone() danger=true>
                <p>"They are signed out everywhere within seconds and cannot sign in until they are enabled again."</p>
            </Confirm>
        }
    });
    Ok(page.await)
}
