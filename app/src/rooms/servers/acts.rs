//! Removing a server asks.

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
