//! Revoking a token asks.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::error::Error;
use neo::tokens;

use super::calls;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::rooms::account::links as account;
use crate::rooms::admins::links as admins;
use crate::rooms::tokens::links;
use crate::ui::{Confirm, Nav};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let found = tokens::list(&app.platform, &signed.actor).await?.into_iter().find(|token| token.id == id);
    let token = found.ok_or_else(|| Error::not_found("token", &id))?;
    let back = back(&signed, token.maker_id.as_deref());
    let shown = Page::new(Nav::Account, "Revoke").under("Account", account::PAGE);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Revoke {}?", token.name)}</h1></div></div>
            <Confirm action=links::revoke(&token.id) verb="Revoke 1 token" cancel=back danger=true cli=format!("neo token revoke {}", token.id)>
                <p>{format!("Whoever uses this token of {} is refused from their next request on, and what it follows ends.", token.maker)}</p>
            </Confirm>
        }
        .into_any()
    };
    Ok(page(&signed, shown, view).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let maker = tokens::list(&app.platform, &signed.actor).await?.into_iter().find(|token| token.id == id);
    calls::revoke(&Door::of(&app.platform, &signed)?, &id).await?;
    Ok(see_other(back(&signed, maker.and_then(|token| token.maker_id).as_deref())))
}

/// Where the token was seen: among one's own, or among everybody's.
fn back(signed: &Signed, maker: Option<&str>) -> &'static str {
    if maker == signed.actor.admin_id.as_deref() { account::PAGE } else { admins::LIST }
}
