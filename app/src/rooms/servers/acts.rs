//! What is asked before it is done to a server: removing it, giving its login a new password.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::servers;

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::rooms::servers::{calls, links};
use crate::ui::{Confirm, Nav};

pub async fn ask_remove(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    asked(&app, &signed, &name, Form::empty()).await
}

pub async fn remove(State(app): State<AppState>, signed: Signed, Path(name): Path<String>, form: Form) -> Answer {
    match calls::remove(&Door::of(&app.platform, &signed)?, name.clone()).await {
        Ok(_) => Ok(see_other(links::LIST)),
        Err(error) => asked(&app, &signed, &name, form.refuse(error)?).await,
    }
}

pub async fn ask_rotate(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    asked_rotate(&app, &signed, &name, Form::empty()).await
}

pub async fn rotate(State(app): State<AppState>, signed: Signed, Path(name): Path<String>, form: Form) -> Answer {
    match calls::rotate_password(&Door::of(&app.platform, &signed)?, &name).await {
        Ok(server) => Ok(see_other(&links::one(&server.name))),
        Err(error) => asked_rotate(&app, &signed, &name, form.refuse(error)?).await,
    }
}

async fn asked_rotate(app: &AppState, signed: &Signed, name: &str, form: Form) -> Result<Response, AppError> {
    let server = servers::find(&app.platform, &signed.actor, name).await?;
    let (name, user) = (server.name, server.username);
    let shown = Page::new(Nav::Servers, "New password")
        .under("Servers", links::LIST)
        .under(name.clone(), links::one(&name))
        .form(&form);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("A new password for {name}?")}</h1></div></div>
            {form.summary()}
            <Confirm action=links::rotate_password(&name) verb="Set a new password" cancel=links::one(&name) cli=format!("neo server rotate-password {name}")>
                <p>{format!("Neo makes one, sets it for {user} on the server, and proves it. Nobody else learns it: whoever signs in there with the old one no longer can.")}</p>
            </Confirm>
        }
        .into_any()
    };
    Ok(page(signed, shown, view).await)
}

async fn asked(app: &AppState, signed: &Signed, name: &str, form: Form) -> Result<Response, AppError> {
    let name = servers::find(&app.platform, &signed.actor, name).await?.name;
    let shown = Page::new(Nav::Servers, "Remove").under("Servers", links::LIST).form(&form);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Remove {name}?")}</h1></div></div>
            {form.summary()}
            <Confirm action=links::remove(&name) verb=format!("Remove {name}") cancel=links::LIST danger=true cli=format!("neo server remove {name}")>
                <p>"Neo forgets the server and its sealed password. Nothing on the server itself is touched."</p>
            </Confirm>
        }
        .into_any()
    };
    Ok(page(signed, shown, view).await)
}
