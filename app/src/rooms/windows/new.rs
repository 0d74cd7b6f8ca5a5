//! A new maintenance window.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Kind, Result};
use neo_model::Repeat;

use super::calls::{self, Wanted};
use super::{command, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::page::typed::Typed;
use crate::ui::text::sentence;
use crate::ui::{Choice, CopyForm, Field, Nav};
use crate::{problems, words};

pub async fn ask(signed: Signed) -> Answer {
    Ok(shown(&signed, Form::empty().with("repeat", Repeat::default().as_str()).with("zone", "UTC")).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<New>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let add = async |New(wanted)| calls::add(&door, wanted).await.map_err(typed_here);
    match typed.hand_to(add).await? {
        Ok(_) => Ok(render::see_other(links::LIST)),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

/// Who is not there was mistyped here.
fn typed_here(mut error: Error) -> Error {
    if error.kind == Kind::NotFound && error.field.is_some() {
        error.kind = Kind::Invalid;
    }
    error
}

/// As the form has it: tags and tenants stand beside one another.
pub struct New(Wanted);

impl TryFrom<&Form> for New {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let list = |name: &str| {
            let parts = form.text(name).split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        Ok(Self(Wanted {
            name: form.text("name").to_owned(),
            from: form.text("from").to_owned(),
            to: form.text("to").to_owned(),
            zone: form.optional("zone").map(str::to_owned),
            repeat: words::parse("repeat", form.text("repeat"))?,
            tags: list("tags"),
            tenants: list("tenants"),
            server: form.optional("server").map(str::to_owned),
        }))
    }
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Windows, "Add window").under("Windows", links::LIST).form(&form);
    render::page(signed, page, move || view(&form)).await
}

fn view(form: &Form) -> AnyView {
    let text = |name: &str| form.raw(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let repeats = Repeat::ALL.into_iter().map(|repeat| (repeat.as_str().to_owned(), sentence(repeat.word()))).collect();
    view! {
        <div class="head"><div><h1>"Add window"</h1><p>"No run changes its tenants while it is in force; what is at work then finishes."</p></div></div>
        <form method="post" action=links::NEW class="column">
            {form.summary()}
            <Field name="name" label="Name" value=text("name") error=wrong("name") hint="How it is called where it hinders: no runs" required=true />
            <Choice name="repeat" label="It comes" options=repeats value=text("repeat") error=wrong("repeat") />
            <div class="row">
                <Field name="from" label="From" value=text("from") error=wrong("from") hint="2026-12-04T22:00; every day 22:00; every week fri 22:00" required=true mono=true />
                <Field name="to" label="To" value=text("to") error=wrong("to") hint="In the same way." required=true mono=true />
            </div>
            <Field name="zone" label="Zone" value=text("zone") error=wrong("zone") hint="Whose clocks these times are of: UTC, +01:00, Europe/Berlin" mono=true />
            <fieldset>
                <legend>"On"</legend>
                <p class="muted">"Everything given must hold of a tenant; nothing given means all tenants."</p>
                <Field name="tags" label="Tags" value=text("tags") error=wrong("tags") hint="All of these, with a space between." mono=true />
                <Field name="tenants" label="Tenants" value=text("tenants") error=wrong("tenants") hint="Slugs, with a space between." mono=true />
                <Field name="server" label="Server" value=text("server") error=wrong("server") mono=true />
            </fieldset>
            <div class="acts">
                <button type="submit" class="primary">"Add window"</button>
                <a class="button" href=links::LIST>"Cancel"</a>
                <CopyForm command=command::add(&form.told()) from=links::NEW />
            </div>
        </form>
    }
    .into_any()
}
