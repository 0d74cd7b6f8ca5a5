//! What is asked of a tenant, whether it is made or adopted.

use leptos::prelude::*;
use neo::servers::ServerLoad;

use crate::page::forms::Form;
use crate::rooms::tenants::words;
use crate::ui::text::count;
use crate::ui::{Choice, Field};

/// What is wrong with a field, by its name.
pub type Wrong<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How the first of them stands there.
#[derive(Clone, Copy)]
pub struct Name {
    /// Without a name there is nothing that it could be made of.
    pub required: bool,
    pub autofocus: bool,
}

/// What it is called, and where it lives.
pub fn whose(form: &Form, servers: Vec<ServerLoad>, name: Name, wrong: Wrong<'_>) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let Name { required, autofocus } = name;
    view! {
        <Field name="name" label="Name" value=text("name") error=wrong("name") required=required autofocus=autofocus />
        <Field
            name="slug"
            label="Slug"
            value=text("slug")
            error=wrong("slug")
            hint="Its address and its name on the command line. Left empty, it is made from the name; it cannot be changed later."
            mono=true
            maxlength=63
        />
        <Choice name="server" label="Server" options=choices(servers) value=text("server") error=wrong("server") />
    }
    .into_any()
}

/// How the passwords of its users are kept.
pub fn password_hash(form: &Form, wrong: Wrong<'_>) -> AnyView {
    view! {
        <Choice
            name="password_hash"
            label="Password hash"
            options=words::password_hashes()
            value=form.text("password_hash").to_owned()
            error=wrong("password_hash")
            hint="How the passwords of its users are kept that are set here: what its application reads."
        />
    }
    .into_any()
}

/// The servers to choose one from.
fn choices(servers: Vec<ServerLoad>) -> Vec<(String, String)> {
    let choice = |load: ServerLoad| {
        let (engine, tenants) = (load.server.engine.as_str(), count(load.tenants, "tenant"));
        let label = format!("{} · {engine} · {tenants}", load.server.name);
        (load.server.name, label)
    };
    servers.into_iter().map(choice).collect()
}
