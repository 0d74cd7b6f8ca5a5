//! Somebody is invited: they choose their own password.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Role;
use neo::admins::Invitation;
use neo::error::{Error, Result};

use super::link::once;
use super::words::roles;
use super::{calls, command, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::page::typed::Typed;
use crate::ui::{Choice, CopyForm, Field, Nav};
use crate::words;

pub async fn ask(signed: Signed) -> Answer {
    Ok(shown(&signed, Form::empty().with("role", Role::Support.as_str())).await)
}

pub async fn invite(State(app): State<AppState>, signed: Signed, typed: Typed<Invited>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|Invited(new)| calls::invite(&door, new)).await? {
        Ok(link) => Ok(once(&signed, link).await),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

/// Whom to invite, as it was typed.
pub struct Invited(Invitation);

impl TryFrom<&Form> for Invited {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self(Invitation {
            email: form.text("email").to_owned(),
            first_name: form.optional("first_name").map(str::to_owned),
            last_name: form.optional("last_name").map(str::to_owned),
            role: words::parse("role", form.text("role"))?,
        }))
    }
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Admins, "Invite").under("Admins", links::LIST).form(&form);
    render::page(signed, page, move || {
        let wrong = |name: &str| form.error(name).map(|error| error.message.clone());
        let theirs = "Left empty, they say it themselves.";
        view! {
            <div class="head">
                <div>
                    <h1>"Invite an admin"</h1>
                    <p>"You are shown a link by which they choose a password that nobody else knows. They cannot sign in until they have."</p>
                </div>
            </div>
            <form method="post" action=links::INVITE class="form">
                {form.summary()}
                <Field name="email" label="Email" kind="email" value=form.raw("email") error=wrong("email") required=true />
                <Field name="first_name" label="First name" value=form.raw("first_name") error=wrong("first_name") hint=theirs />
                <Field name="last_name" label="Last name" value=form.raw("last_name") error=wrong("last_name") hint=theirs />
                <Choice name="role" label="Role" options=roles() value=form.raw("role") error=wrong("role") />
                <div class="acts">
                    <button type="submit" class="primary">"Invite"</button>
                    <a class="button" href=links::LIST>"Cancel"</a>
                    <CopyForm command=command::invite(&form.told()) from=links::INVITE />
                </div>
            </form>
        }
    })
    .await
}
