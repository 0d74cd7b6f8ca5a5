//! "This was not me": the others are out at once, and a new password is asked for.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Permission;
use neo_model::WayIn;

use super::acts::{Changed, change, known_again};
use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::typed::Typed;
use crate::ui::{Banner, Nav, Tone};

/// Waits for no proof: the session that says so is the one that goes on.
pub async fn said(State(app): State<AppState>, signed: Signed) -> Answer {
    calls::not_me(&Door::of(&app.platform, &signed)?).await?;
    // Whoever has no password here looks at what they sign in with.
    let has_password = neo::admins::own(&app.platform, &signed.actor).await?.ways.contains(&WayIn::Password);
    Ok(see_other(if has_password { links::NOT_ME } else { links::PAGE }))
}

/// Whoever has a second factor proves it first, so that nothing is typed in vain.
pub async fn ask(State(app): State<AppState>, signed: Signed) -> Answer {
    if neo::second_factor::status(&app.platform, &signed.actor).await?.confirmed_at.is_some() {
        signed.actor.authorise(Permission::OwnFactors)?;
    }
    Ok(shown(&signed, Form::empty()).await)
}

pub async fn choose(State(app): State<AppState>, signed: Signed, headers: HeaderMap, typed: Typed<Changed>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|changed| change(&door, changed)).await? {
        Ok(_) => Ok(known_again(&app, &signed, &headers).await),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Account, "A new password").under("Account", links::PAGE).form(&form);
    let email = signed.session.email.clone();
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>"Choose a new password"</h1></div></div>
            <Banner tone=Tone::Warn title="All your other sessions have ended.">
                "Whoever was there may know your password: choose another now, one that you use nowhere else. Then look at your tokens, which go on."
            </Banner>
            <form method="post" action=links::ANEW class="form">
                {form.summary_beside(&["old", "new", "again"])}
                <input type="hidden" name="username" autocomplete="username" value=email />
                {form.password("old", "Password now", "current-password")}
                {form.new_password("new", "New password")}
                {form.password("again", "New password again", "new-password")}
                <div class="acts"><button type="submit" class="primary">"Change password"</button></div>
            </form>
        }
    })
    .await
}
