//! What may be changed without weight: name and tags.

use leptos::prelude::*;
use neo::actor::Permission;

use super::model::One;
use crate::may::denied;
use crate::ui::Field;

pub fn view(one: &One) -> AnyView {
    let tenant = &one.tenant;
    let closed = denied(&one.actor, Permission::EditTenants);
    let disabled = closed.is_some();
    view! {
        <details class="more">
            <summary class="button">"Rename or tag…"</summary>
            <form method="post" action=one.part("edit")>
                <Field name="name" label="Name" value=tenant.name.clone() required=true />
                <Field name="tags" label="Tags" value=tenant.tags.join(", ") hint="Separated by commas." />
                <button type="submit" disabled=disabled title=closed>"Save"</button>
            </form>
        </details>
    }
    .into_any()
}
