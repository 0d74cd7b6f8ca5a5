//! A new token, and the one page that shows it.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Role;
use neo::error::{Error, Result};
use neo_model::TokenMade;

use super::calls::{self, Wanted};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::page::typed::Typed;
use crate::rooms::account::links as account;
use crate::rooms::tokens::{command, links};
use crate::ui::{Banner, Choice, CopyForm, CopyText, Field, Nav, Tick, Tone};
use crate::{problems, words};

pub async fn ask(signed: Signed) -> Answer {
    // The least that there is, unless more is chosen.
    let form = Form::empty().with("role", Role::Support.as_str()).with("lifetime", command::LIFETIME);
    Ok(shown(&signed, form).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<Wanted>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|wanted| calls::create(&door, wanted)).await? {
        Ok(made) => Ok(once(&signed, made).await),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

impl TryFrom<&Form> for Wanted {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let list = |name: &str| {
            let parts = form.text(name).split([',', ' ', '\n']).map(str::trim);
            Some(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect())
        };
        Ok(Self {
            name: form.text("name").to_owned(),
            role: words::parse("role", form.text("role"))?,
            lifetime: form.optional("lifetime").map(str::to_owned),
            tags: list("tags"),
            tenants: list("tenants"),
            networks: list("networks"),
            allow_destructive: Some(form.ticked("allow_destructive")),
            connect: Some(form.ticked("connect")),
        })
    }
}

/// The only page that has it: it is in no address and in no other answer.
async fn once(signed: &Signed, made: TokenMade) -> Response {
    let page = Page::new(Nav::Account, "Token made").under("Account", account::PAGE);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>{format!("The token {}", made.row.name)}</h1></div></div>
            <Banner tone=Tone::Warn title="Keep it now: it is not shown again." />
            <p><CopyText value=made.token label="the token" /></p>
            <p class="muted">"A program sends it with every request: "<code>"Authorization: Bearer neo_…"</code></p>
            <div class="acts"><a class="button" href=account::PAGE>"To the account"</a></div>
        }
    })
    .await
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Account, "New token").under("Account", account::PAGE).form(&form);
    let own = signed.actor.role;
    render::page(signed, page, move || view(&form, own)).await
}

fn view(form: &Form, own: Role) -> AnyView {
    let text = |name: &str| form.raw(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let roles = Role::ALL.into_iter().filter(|role| *role <= own);
    let roles: Vec<_> = roles.map(|role| (role.as_str().to_owned(), role.as_str().to_owned())).collect();
    let endless = if own == Role::Superadmin { ", or never" } else { "" };
    let lives = format!("365d at most{endless}.");
    view! {
        <div class="head">
            <div><h1>"New token"</h1><p>"For a program. It makes no tokens, no admins and no sessions, and touches no keys."</p></div>
        </div>
        <form method="post" action=links::NEW class="column">
            {form.summary()}
            <Field name="name" label="Name" value=text("name") error=wrong("name") hint="What it is for; it stands in the audit." required=true mono=true />
            <Choice name="role" label="Role" options=roles value=text("role") error=wrong("role") />
            <Field name="lifetime" label="Lives" value=text("lifetime") error=wrong("lifetime") hint=lives mono=true />
            <Field name="tags" label="Only tenants with one of these tags" value=text("tags") error=wrong("tags") hint="Empty: all tenants." mono=true />
            <Field name="tenants" label="Only these tenants" value=text("tenants") error=wrong("tenants") hint="By slug; there need not be one yet." mono=true />
            <Field name="networks" label="Only from" value=text("networks") error=wrong("networks") hint="Addresses and networks: 10.1.0.0/16. Empty: from anywhere." mono=true />
            <Tick name="allow_destructive" value="1" label="May delete tenants, prune runs, and roll back more than one" checked=form.ticked("allow_destructive") />
            {(own == Role::Superadmin)
                .then(|| {
                    view! { <Tick name="connect" value="1" label="Is told how to connect to tenants' databases" checked=form.ticked("connect") /> }
                })}
            <div class="acts">
                <button type="submit" class="primary">"Make token"</button>
                <a class="button" href=account::PAGE>"Cancel"</a>
                <CopyForm command=command::create(&form.told()) from=links::NEW />
            </div>
        </form>
    }
    .into_any()
}
