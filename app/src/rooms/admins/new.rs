//! A new admin.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Result};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::typed::Typed;
use crate::rooms::admins::calls::{self, Wanted};
use crate::rooms::admins::words::roles;
use crate::rooms::admins::{command, links};
use crate::ui::{Choice, CopyForm, Field, Nav};

pub async fn ask(signed: Signed) -> Answer {
    Ok(shown(&signed, Form::empty().with("role", "support")).await)
}

pub async fn create(State(app): State<AppState>, signed: Signed, typed: Typed<Wanted>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|wanted| calls::create(&door, wanted)).await? {
        Ok(admin) => Ok(see_other(&links::one(&admin.id))),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

impl TryFrom<&Form> for Wanted {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self {
            email: form.text("email").to_owned(),
            password: form.secret("password"),
            first_name: form.text("first_name").to_owned(),
            last_name: form.text("last_name").to_owned(),
            role: form.text("role").parse().map_err(|error| Error::from(error).on("role"))?,
        })
    }
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Admins, "New admin").under("Admins", links::LIST).form(&form);
    render::page(signed, page, move || {
        let wrong = |name: &str| form.error(name).map(|error| error.message.clone());
        view! {
            <div class="head"><div><h1>"New admin"</h1><p>"They sign in with this password and can change it."</p></div></div>
            <form method="post" action=links::LIST class="form">
                {form.summary()}
                <Field name="email" label="Email" kind="email" value=form.raw("email") error=wrong("email") required=true />
                <Field name="first_name" label="First name" value=form.raw("first_name") error=wrong("first_name") required=true />
                <Field name="last_name" label="Last name" value=form.raw("last_name") error=wrong("last_name") required=true />
                <Choice name="role" label="Role" options=roles() value=form.raw("role") error=wrong("role") />
                {form.new_password("password", "Password")}
                <div class="acts">
                    <button type="submit" class="primary">"Create admin"</button>
                    <a class="button" href=links::LIST>"Cancel"</a>
                    <CopyForm command=command::new(&form.told()) from=links::NEW />
                </div>
            </form>
        }
    })
    .await
}
