//! Changing a server. What is said is tried before it is kept.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::engine::Tls;
use neo::error::{Error, Kind, Result};
use neo::servers::{self, Changes, Server};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::page::typed::Typed;
use crate::rooms::servers::command::{self, as_it_is};
use crate::rooms::servers::{calls, links};
use crate::ui::{Choice, CopyForm, Field, Nav, TextArea, Tick};
use crate::{problems, words};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    let server = servers::find(&app.platform, &signed.actor, &name).await?;
    let form = as_it_is(&server);
    Ok(shown(&signed, server, form).await)
}

pub async fn act(
    State(app): State<AppState>,
    signed: Signed,
    Path(name): Path<String>,
    typed: Typed<Changes>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let server = servers::find(&app.platform, &signed.actor, &name).await?;
    match typed.hand_to(|changes| set(&door, &server.id, changes)).await? {
        Ok(name) => Ok(see_other(&links::one(&name))),
        Err(form) => Ok(shown(&signed, server, form).await),
    }
}

async fn set(door: &Door, server: &str, changes: Changes) -> Result<String> {
    match calls::set(door, server, changes).await {
        // A server that does not answer is mended here: a wrong host, a firewall.
        Err(mut error) if error.kind == Kind::Unavailable => {
            error.kind = Kind::Invalid;
            error.field = error.field.or(Some("host"));
            Err(error)
        }
        set => Ok(set?.name),
    }
}

impl TryFrom<&Form> for Changes {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        // A field that this server has not says nothing.
        let said = |name: &str| form.fields().any(|(field, _)| field == name).then(|| form.text(name).to_owned());
        let port = |name: &'static str| match said(name) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(Some(0)),
            Some(text) => {
                text.parse::<u16>().map(Some).map_err(|_| Error::invalid(name, "this is a number up to 65535"))
            }
        };
        let max_connections = form.optional("max_connections").map(str::parse::<u32>).transpose();
        Ok(Self {
            name: said("name"),
            host: said("host"),
            port: port("port")?,
            username: said("username"),
            password: Some(form.secret("password")).filter(|_| !form.raw("password").is_empty()),
            tls: form.optional("tls").map(|tls| words::parse::<Tls>("tls", tls)).transpose()?,
            insecure: form.ticked("insecure"),
            max_connections: max_connections.map_err(|_| Error::invalid("max_connections", "this is a number"))?,
            app_host: said("app_host"),
            app_port: port("app_port")?,
            tls_ca: said("tls_ca"),
        })
    }
}

async fn shown(signed: &Signed, server: Server, form: Form) -> Response {
    let shown = Page::new(Nav::Servers, "Edit")
        .under("Servers", links::LIST)
        .under(server.name.clone(), links::one(&server.name))
        .form(&form);
    page(signed, shown, move || view(&server, &form)).await
}

fn view(server: &Server, form: &Form) -> AnyView {
    let command = command::set(&server.name, &as_it_is(server), &form.told());
    view! {
        <div class="head">
            <div>
                <h1>{format!("Edit {}", server.name)}</h1>
                <p>"What is another is tried before it is kept; what does not work changes nothing."</p>
            </div>
        </div>
        <form method="post" action=links::edit(&server.name) class="column">
            {form.summary()}
            {field(form, "name", "Name", "")}
            {(!server.engine.is_file()).then(|| login(form))}
            {field(form, "max_connections", "Connections at most", "")}
            <div class="acts">
                <button type="submit" class="primary">"Try and keep"</button>
                <a class="button" href=links::one(&server.name)>"Cancel"</a>
                <CopyForm command=command from=links::edit(&server.name) />
            </div>
        </form>
    }
    .into_any()
}

fn field(form: &Form, name: &'static str, label: &'static str, hint: &'static str) -> AnyView {
    view! {
        <Field name=name label=label value=form.text(name).to_owned() error=problems::on(form, name) hint=hint mono=true />
    }
    .into_any()
}

fn login(form: &Form) -> AnyView {
    let tls =
        [("verify-full", "Verified: certificate and name"), ("require", "Encrypted, not verified"), ("off", "Off")];
    let tls = tls.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        {field(form, "host", "Host", "Where it has moved, its tenants are looked for there, and their passwords sealed anew.")}
        {field(form, "port", "Port", "Empty: the usual one.")}
        {field(form, "username", "User", "May create databases and roles.")}
        <Field name="password" label="Password" kind="password" error=problems::on(form, "password") hint="Empty: the one that Neo knows, as long as address and TLS stay. Never shown." autocomplete="new-password" />
        <Choice name="tls" label="TLS" options=tls value=form.text("tls").to_owned() error=problems::on(form, "tls") />
        <Tick name="insecure" value="1" label="With TLS off: passwords and rows may go to another machine in the clear" checked=form.ticked("insecure") />
        <TextArea name="tls_ca" label="Authority" value=form.text("tls_ca").to_owned() error=problems::on(form, "tls_ca") hint="The certificates of a private authority (PEM). Empty: whom this machine trusts." />
        {field(form, "app_host", "Host for applications", "A pooler, another network. Empty: where Neo connects.")}
        {field(form, "app_port", "Port for applications", "Empty: where Neo connects.")}
    }
    .into_any()
}
