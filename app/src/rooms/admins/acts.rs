//! What is done to an admin. Disabling asks.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::Role;
use neo::error::Error;
use neo_model::AccountStatus;

use super::link::once;
use super::one::again;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::typed::Typed;
use crate::rooms::admins::{calls, links};
use crate::ui::{Confirm, Nav};
use crate::words;

pub async fn set_role(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    typed: Typed<Chosen>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|Chosen(role)| calls::set_role(&door, &id, role)).await? {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(form) => again(&app, &signed, &id, form).await,
    }
}

/// The role that was chosen.
pub struct Chosen(Role);

impl TryFrom<&Form> for Chosen {
    type Error = Error;

    fn try_from(form: &Form) -> neo::Result<Self> {
        words::parse("role", form.text("role")).map(Self)
    }
}

pub async fn link(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match calls::link(&Door::of(&app.platform, &signed)?, &id).await {
        Ok(link) => Ok(once(&signed, link).await),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn revoke(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match calls::revoke(&Door::of(&app.platform, &signed)?, &id).await {
        // They are no more, and have no page.
        Ok(was) if was.status == AccountStatus::Invited => Ok(see_other(links::LIST)),
        Ok(was) => Ok(see_other(&links::one(&was.id))),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn reset_password(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, form: Form) -> Answer {
    match calls::reset_password(&Door::of(&app.platform, &signed)?, &id, form.secret("password")).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, form.refuse(error)?).await,
    }
}

pub async fn enable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = calls::enable(&Door::of(&app.platform, &signed)?, &id).await?;
    Ok(see_other(&links::one(&admin.id)))
}

pub async fn end_sessions(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    calls::end_sessions(&Door::of(&app.platform, &signed)?, &id).await?;
    Ok(see_other(&links::one(&id)))
}

pub async fn reset_factor(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = calls::reset_factor(&Door::of(&app.platform, &signed)?, &id).await?;
    Ok(see_other(&links::one(&admin.id)))
}

pub async fn unlink(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match calls::unlink(&Door::of(&app.platform, &signed)?, &id).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match calls::disable(&Door::of(&app.platform, &signed)?, &id).await {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn ask_disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = neo::admins::find(&app.platform, &signed.actor, &id).await?;
    let here = links::one(&admin.id);
    let page = Page::new(Nav::Admins, "Disable").under("Admins", links::LIST).under(admin.email.clone(), here.clone());
    let page = render::page(&signed, page, move || {
        view! {
            <h1>{format!("Disable {}?", admin.email)}</h1>
            <Confirm action=links::act(&admin.id, "disable") verb="Disable 1 admin" cancel=here.clone() danger=true cli=format!("neo admin disable {}", words::quoted(&admin.email))>
                <p>"They are signed out everywhere within seconds and cannot sign in until they are enabled again."</p>
            </Confirm>
        }
    });
    Ok(page.await)
}
