//! What a rollback would undo, tenant by tenant.

use leptos::prelude::*;
use neo::tenants::Tenant;

use crate::rooms::tenants::links as tenants;
use crate::ui::text::count;
use crate::ui::{Banner, Column, Table, Tone};

/// Rows of the list.
const SHOWN: usize = 50;

pub fn view(tenants: &[(Tenant, Vec<String>)]) -> AnyView {
    let columns = vec![Column::new("Tenant"), Column::new("Server"), Column::new("Would undo, in this order")];
    let rows = tenants
        .iter()
        .take(SHOWN)
        .map(|(tenant, labels)| {
            let undo = if labels.is_empty() {
                view! { <span class="muted">"nothing"</span> }.into_any()
            } else {
                let lines = labels.iter().map(|label| view! { <li><code>{label.clone()}</code></li> }).collect_view();
                view! { <ol class="plain">{lines}</ol> }.into_any()
            };
            view! {
                <tr>
                    <td>
                        <a href=tenants::one(&tenant.slug)>{tenant.name.clone()}</a>
                        <br />
                        <span class="mono">{tenant.slug.clone()}</span>
                    </td>
                    <td>{tenant.server.clone()}</td>
                    <td>{undo}</td>
                </tr>
            }
        })
        .collect_view();
    let more = tenants.len().saturating_sub(SHOWN) as i64;
    view! {
        <Banner tone=Tone::Warn title="A rollback runs the down files: what they drop is gone">
            "Data in the columns and tables they remove cannot be brought back."
        </Banner>
        <Table caption="What would be undone" columns=columns><tbody>{rows}</tbody></Table>
        {(more > 0).then(|| view! { <p class="muted">{format!("And {} more.", count(more, "tenant"))}</p> })}
    }
    .into_any()
}
