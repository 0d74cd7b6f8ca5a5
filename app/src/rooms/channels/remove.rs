//! Removing a channel asks.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::channels;

use super::calls;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::rooms::channels::links;
use crate::ui::{Confirm, Nav};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    let channel = channels::find(&app.platform, &signed.actor, &name).await?;
    let name = channel.name;
    let shown =
        Page::new(Nav::Channels, "Remove").under("Channels", links::LIST).under(name.clone(), links::one(&name));
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Remove {name}?")}</h1></div></div>
            <Confirm action=links::act(&name, "remove") verb=format!("Remove {name}") cancel=links::one(&name) danger=true cli=format!("neo channel remove {name}")>
                <p>"Nothing goes there any more. What waited for it is dropped, and its address and secret are forgotten."</p>
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
