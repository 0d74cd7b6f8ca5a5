//! What may be changed without weight: name, tags, and how passwords are hashed.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::error::{Error, Result};
use neo::tenants::PasswordHash;

use super::model::One;
use crate::may::denied;
use crate::page::forms::Form;
use crate::problems;
use crate::rooms::tenants::{command, words};
use crate::ui::{Act, Choice, CopyForm, Field};

/// All as they were typed; they are taken together.
pub struct Edited {
    pub name: String,
    pub tags: Vec<String>,
    pub kind: Option<PasswordHash>,
}

impl TryFrom<&Form> for Edited {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let tags = form.text("tags").split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty());
        let kind = form.optional("password_hash").map(str::parse).transpose()?;
        Ok(Self { name: form.text("name").to_owned(), tags: tags.collect(), kind })
    }
}

pub fn view(one: &One, form: &Form) -> AnyView {
    let tenant = &one.tenant;
    let refused = form.is_refused();
    let (name, tags, kind) = match refused {
        true => (form.raw("name").to_owned(), form.raw("tags").to_owned(), form.raw("password_hash").to_owned()),
        false => (tenant.name.clone(), tenant.tags.join(", "), tenant.password_hash.as_str().to_owned()),
    };
    let wrong = |name: &str| problems::on(form, name);
    let closed = denied(&one.actor, Permission::EditTenants);
    if closed.is_some() {
        return view! { <p><Act label="Rename or tag…" href=one.part("edit") denied=closed /></p> }.into_any();
    }
    view! {
        <details class="more" open=refused>
            <summary class="button">"Rename or tag…"</summary>
            <form method="post" action=one.part("edit")>
                <Field name="name" label="Name" value=name error=wrong("name") required=true />
                <Field name="tags" label="Tags" value=tags hint="Separated by commas." error=wrong("tags") />
                <Choice
                    name="password_hash"
                    label="Password hash"
                    options=words::password_hashes()
                    value=kind
                    error=wrong("password_hash")
                    hint="How the passwords of its users are kept that are set from here on: what its application reads."
                />
                <div class="acts">
                    <button type="submit">"Save"</button>
                    <CopyForm command=refused.then(|| command::edit(tenant, &form.told())).flatten() from=one.part("edit") />
                </div>
            </form>
        </details>
    }
    .into_any()
}
