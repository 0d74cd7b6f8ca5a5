//! The form that makes a user in a tenant.

use leptos::prelude::*;
use neo::actor::Permission;

use crate::may::denied_or;
use crate::page::forms::Form;
use crate::problems;
use crate::rooms::tenants::command::users;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Choice, CopyForm, Field};

/// `shut`: what keeps anybody from being made there.
pub fn view(one: &One, roles: &[String], form: &Form, shut: Option<String>) -> AnyView {
    let closed = denied_or(&one.actor, Permission::ManageTenantUsers, shut.as_deref());
    let disabled = closed.is_some();
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let options = roles.iter().map(|role| (role.clone(), role.clone())).collect();
    view! {
        <section aria-labelledby="new-user">
            <h2 id="new-user">{format!("New user in {}", one.tenant.slug)}</h2>
            <form method="post" action=one.part("users") class="column">
                {form.summary()}
                <Field name="email" label="Email" kind="email" value=text("email") error=wrong("email") required=true />
                <Field name="first_name" label="First name" value=text("first_name") error=wrong("first_name") required=true />
                <Field name="last_name" label="Last name" value=text("last_name") error=wrong("last_name") required=true />
                <Choice name="role" label="Role" options=options value=text("role") error=wrong("role") />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    error=wrong("password")
                    hint="At least 12 characters. Left empty: you are shown a link by which they choose one that nobody else knows."
                    autocomplete="new-password"
                />
                <div class="acts">
                    <button type="submit" class="primary" disabled=disabled title=closed.clone()>
                        {format!("Create user in {}", one.tenant.slug)}
                    </button>
                    <CopyForm command=users::new(&one.tenant.slug, &form.told()) from=one.part("users") />
                    {closed.map(|reason| view! { <span class="muted">{reason}</span> })}
                </div>
            </form>
        </section>
    }
    .into_any()
}
