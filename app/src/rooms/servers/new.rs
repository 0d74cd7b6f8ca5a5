//! Adding a server. It is probed (connects, makes and drops a scratch database) before it is kept.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::engine::{Engine, Tls};
use neo::error::{Error, Kind, Result};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::page::typed::Typed;
use crate::query::Query;
use crate::rooms::servers::calls::{self, Wanted};
use crate::rooms::servers::{command, links};
use crate::ui::{Choice, CopyForm, Field, Nav, Pill, Pills, TextArea, Tick};
use crate::{problems, words};

pub async fn ask(signed: Signed, query: Query) -> Answer {
    let form = query.get("engine").into_iter().fold(Form::empty(), |form, engine| form.with("engine", engine));
    Ok(shown(&signed, form).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<Wanted>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|wanted| add(&door, wanted)).await? {
        Ok(name) => Ok(see_other(&links::check(&name))),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

async fn add(door: &Door, wanted: Wanted) -> Result<String> {
    match calls::add(door, wanted).await {
        // A server that does not answer is mended here: a wrong host, a firewall.
        Err(mut error) if error.kind == Kind::Unavailable => {
            error.kind = Kind::Invalid;
            error.field = error.field.or(Some("host"));
            Err(error)
        }
        added => Ok(added?.name),
    }
}

impl TryFrom<&Form> for Wanted {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let number = |name: &'static str| match form.optional(name) {
            None => Ok(None),
            Some(text) => match text.parse::<u16>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Error::invalid(name, "this is a number up to 65535")),
            },
        };
        Ok(Self {
            engine: words::parse("engine", form.text("engine"))?,
            name: form.text("name").to_owned(),
            host: form.optional("host").map(str::to_owned),
            port: number("port")?,
            username: form.optional("username").map(str::to_owned),
            password: Some(form.secret("password")).filter(|_| !form.raw("password").is_empty()),
            tls: form.optional("tls").map(|tls| words::parse::<Tls>("tls", tls)).transpose()?,
            insecure: Some(form.ticked("insecure")),
            path: form.optional("path").map(str::to_owned),
            max_connections: number("max_connections")?.map(u32::from),
            app_host: form.optional("app_host").map(str::to_owned),
            app_port: number("app_port")?,
            tls_ca: form.optional("tls_ca").map(str::to_owned),
        })
    }
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let shown = Page::new(Nav::Servers, "Add server").under("Servers", links::LIST).form(&form);
    page(signed, shown, move || view(&form)).await
}

fn view(form: &Form) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let engine: Engine = form.text("engine").parse().unwrap_or(Engine::ALL[0]);
    let wrong = |name: &str| problems::on(form, name);
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(v, l)| ((*v).to_owned(), (*l).to_owned())).collect::<Vec<_>>();
    let tls = pairs(&[
        ("", "As usual: verified, or off on this machine itself"),
        ("verify-full", "Verified: certificate and name"),
        ("require", "Encrypted, not verified"),
        ("off", "Off"),
    ]);
    view! {
        <div class="head">
            <div>
                <h1>"Add server"</h1>
                <p>"It is tried first: Neo connects, and makes and drops a scratch database."</p>
            </div>
        </div>
        <div class="bar"><Pills label="Engine" pills=engines(engine) /></div>
        <form method="post" action=links::NEW class="column">
            {form.summary()}
            <Field name="name" label="Name" value=text("name") error=wrong("name") hint="As tenants and commands will call it: pg-eu-1." required=true mono=true />
            <input type="hidden" name="engine" value=engine.as_str() />
            {if engine.is_file() { folder(form) } else { network(form, engine, tls) }}
            <Field name="max_connections" label="Connections at most" hint="Empty: what is usual." value=text("max_connections") error=wrong("max_connections") kind="number" />
            {(!engine.is_file()).then(|| for_applications(form))}
            <div class="acts">
                <button type="submit" class="primary">"Try and add"</button>
                <a class="button" href=links::LIST>"Cancel"</a>
                <CopyForm command=command::add(&form.told().with("engine", engine.as_str())) from=links::NEW />
            </div>
        </form>
    }
    .into_any()
}

/// What is asked for depends on it, so it is chosen first.
fn engines(chosen: Engine) -> Vec<Pill> {
    let pill = |engine: Engine| Pill {
        label: engine.name().to_owned(),
        href: Query::from([("engine", engine.as_str())]).href(links::NEW),
        current: engine == chosen,
        bad: false,
    };
    Engine::ALL.into_iter().map(pill).collect()
}

fn folder(form: &Form) -> AnyView {
    let (path, wrong) = (form.text("path").to_owned(), problems::on(form, "path"));
    view! { <Field name="path" label="Folder" value=path error=wrong hint="Where the tenants' files lie." mono=true /> }
        .into_any()
}

fn network(form: &Form, engine: Engine, tls: Vec<(String, String)>) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let port = format!("Empty: {}.", engine.default_port());
    view! {
        <Field name="host" label="Host" value=text("host") error=wrong("host") mono=true />
        <Field name="port" label="Port" value=text("port") error=wrong("port") hint=port mono=true />
        <Field name="username" label="User" value=text("username") error=wrong("username") hint="May create databases and roles." mono=true />
        <Field name="password" label="Password" kind="password" error=wrong("password") hint="Sealed before it is kept; never shown again." autocomplete="new-password" />
        <Choice name="tls" label="TLS" options=tls value=text("tls") error=wrong("tls") />
        <TextArea name="tls_ca" label="Authority" value=text("tls_ca") error=wrong("tls_ca") hint="The certificates of a private authority (PEM), where the server's own is from one." />
        <Tick name="insecure" value="1" label="With TLS off: passwords and rows may go to another machine in the clear" checked=form.ticked("insecure") />
    }
    .into_any()
}

fn for_applications(form: &Form) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    view! {
        <Field name="app_host" label="Host for applications" hint="A pooler, another network. Empty: where Neo connects." value=text("app_host") error=wrong("app_host") mono=true />
        <Field name="app_port" label="Port for applications" hint="Empty: where Neo connects." value=text("app_port") error=wrong("app_port") mono=true />
    }
    .into_any()
}
