//! Removing a maintenance window asks.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::windows;

use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::ui::{Confirm, Nav};
use crate::words::quoted;

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    let name = windows::find(&app.platform, &signed.actor, &name).await?.name;
    let shown = Page::new(Nav::Windows, "Remove").under("Windows", links::LIST);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Remove {name}?")}</h1></div></div>
            <Confirm action=links::act(&name, "remove") verb=format!("Remove {name}") cancel=links::LIST danger=true cli=format!("neo window remove {}", quoted(&name))>
                <p>"Runs come to its tenants again. What waits for it goes on at once."</p>
            </Confirm>
        }
        .into_any()
    };
    Ok(page(&signed, shown, view).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::remove(&Door::of(&app.platform, &signed)?, &name).await?;
    Ok(see_other(links::LIST))
}
