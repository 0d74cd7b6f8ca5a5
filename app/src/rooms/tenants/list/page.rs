//! The list of tenants: who is where, who needs something. Its filters are its address.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::Permission;

use super::model::List;
use super::{table, toolbar};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::fleet::segments;
use crate::rooms::tenants::{command, links};
use crate::ui::text::{count, number};
use crate::ui::{Act, CopyCli, Empty, FleetBar, Legend, Nav};

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    if let Some(tidy) = query.tidied() {
        return Ok(see_other(&tidy.href(links::LIST)));
    }
    let list = List::load(&app.platform, &signed.actor, query).await?;
    Ok(page(&signed, Page::new(Nav::Tenants, "Tenants"), move || view(list)).await)
}

fn view(list: List) -> AnyView {
    let body = if list.page.tenants.is_empty() { nothing(&list) } else { table::view(&list) };
    view! {
        {head(&list)}
        {list.set.as_ref().err().map(crate::problems::banner)}
        {fleet(&list)}
        {toolbar::view(&list)}
        {list.saved.as_ref().and_then(|saved| saved.view())}
        {body}
    }
    .into_any()
}

fn head(list: &List) -> AnyView {
    let actor = &list.actor;
    let behind = list.counts.behind;
    let migrate = list.latest().filter(|_| behind > 0).map(|latest| {
        let href = Query::from([("behind", latest.to_string().as_str())]).href(runs::NEW);
        view! {
            <Act
                label=format!("Migrate {} behind…", number(behind))
                href=href
                denied=denied(actor, Permission::Operate)
            />
        }
    });
    view! {
        <div class="head">
            <div>
                <h1>"Tenants"</h1>
                <p>{format!("{} on {}", number(list.counts.total), count(list.servers.len() as i64, "server"))}</p>
            </div>
            <div class="acts">
                {command::list(&list.query).map(|command| view! { <CopyCli command=command /> })}
                <Act
                    label="Verify…"
                    href=links::selection(&list.query).with("kind", "verify").href(runs::NEW)
                    denied=denied(actor, Permission::Operate)
                />
                {migrate}
                <Act
                    label="New tenant"
                    href=links::NEW
                    primary=true
                    denied=denied(actor, Permission::ProvisionTenants)
                />
            </div>
        </div>
    }
    .into_any()
}

fn fleet(list: &List) -> Option<AnyView> {
    let segments = segments(&list.counts);
    (list.counts.total > 0).then(|| {
        view! {
            <FleetBar segments=segments.clone() />
            <Legend segments=segments />
        }
        .into_any()
    })
}

/// An empty list says why it is empty.
fn nothing(list: &List) -> AnyView {
    if list.is_filtered() {
        return view! {
            <Empty title="No tenant matches" text=format!("{} are hidden by the filter.", count(list.counts.total, "tenant"))>
                <a class="button" href=links::LIST>"Clear filters"</a>
            </Empty>
        }
        .into_any();
    }
    let closed = denied(&list.actor, Permission::ProvisionTenants);
    view! {
        <Empty
            title="No tenants yet"
            text="A tenant is one customer with a database of its own. The first one goes onto a server that is already here."
        >
            <Act label="New tenant" href=links::NEW primary=true denied=closed />
        </Empty>
    }
    .into_any()
}
