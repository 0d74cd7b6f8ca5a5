//! The list of tenants: who is where, who needs something. Its filters are its address.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::{self, TaskStatus};
use neo::servers;
use neo::tenants::{self, Counts, PageRequest, Sort};

use super::{filters, links, standing, table};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::ui::text::{count, number};
use crate::ui::{Act, Empty, FleetBar, Legend, Nav};

pub const PATH: &str = "/tenants";
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 25..=200;

pub struct List {
    pub query: Query,
    pub page: tenants::Page,
    pub counts: Counts,
    /// The files on disk, or why they cannot be read: the list is shown either way.
    pub set: Result<Set>,
    pub dots: HashMap<String, Vec<TaskStatus>>,
    /// Those on the page whose last run failed, and that had drifted before it (ids).
    pub drifted: HashSet<String>,
    pub servers: Vec<String>,
    pub actor: Actor,
}

impl List {
    pub async fn load(platform: &Platform, actor: &Actor, query: Query) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await;
        let latest = set.as_ref().ok().and_then(Set::latest);
        let filter = links::read(&query, latest)?;
        let page = tenants::list(platform, actor, &filter, &request(&query)?).await?;
        let ids: Vec<String> = page.tenants.iter().map(|tenant| tenant.id.clone()).collect();
        Ok(Self {
            counts: tenants::counts(platform, actor, latest).await?,
            dots: runs::last_ten(platform, actor, &ids).await?,
            drifted: standing::hidden_drift(platform, actor, &page.tenants).await?,
            servers: servers::list(platform, actor).await?.into_iter().map(|load| load.server.name).collect(),
            actor: actor.clone(),
            page,
            query,
            set,
        })
    }

    pub fn latest(&self) -> Option<i64> {
        self.set.as_ref().ok().and_then(Set::latest)
    }

    fn is_filtered(&self) -> bool {
        links::selection(&self.query) != Query::default()
    }
}

fn request(query: &Query) -> Result<PageRequest> {
    Ok(PageRequest {
        sort: query.get("sort").map(|w| crate::words::parse::<Sort>("sort", w)).transpose()?.unwrap_or_default(),
        descending: query.has("dir", "desc"),
        after: query.get("after").map(str::to_owned),
        before: query.get("before").map(str::to_owned),
        limit: query.number("limit").unwrap_or(50).clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end()),
    })
}

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    if let Some(tidy) = query.tidied() {
        return Ok(see_other(&tidy.href(PATH)));
    }
    let list = List::load(&app.platform, &signed.actor, query).await?;
    Ok(page(&signed, Page::new(Nav::Tenants, "Tenants"), move || view(list)).await)
}

pub fn view(list: List) -> AnyView {
    let body = if list.page.tenants.is_empty() { nothing(&list) } else { table::view(&list) };
    view! {
        {head(&list)}
        {list.set.as_ref().err().map(crate::problems::banner)}
        {fleet(&list)}
        {filters::view(&list)}
        {body}
    }
    .into_any()
}

fn head(list: &List) -> AnyView {
    let actor = &list.actor;
    let behind = list.counts.behind;
    let migrate = list.latest().filter(|_| behind > 0).map(|latest| {
        let href = Query::from([("behind", latest.to_string().as_str())]).href("/runs/new");
        view! {
            <Act
                label=format!("Migrate {} behind…", number(behind))
                href=href
                denied=crate::may::denied(actor, Permission::Operate)
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
                <Act
                    label="Verify…"
                    href=links::selection(&list.query).with("kind", "verify").href("/runs/new")
                    denied=crate::may::denied(actor, Permission::Operate)
                />
                {migrate}
                <Act
                    label="New tenant"
                    href="/tenants/new"
                    primary=true
                    denied=crate::may::denied(actor, Permission::ProvisionTenants)
                />
            </div>
        </div>
    }
    .into_any()
}

fn fleet(list: &List) -> Option<AnyView> {
    let segments = super::fleet::segments(&list.counts);
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
                <a class="button" href=PATH>"Clear filters"</a>
            </Empty>
        }
        .into_any();
    }
    let denied = crate::may::denied(&list.actor, Permission::ProvisionTenants);
    view! {
        <Empty
            title="No tenants yet"
            text="A tenant is one customer with a database of its own. The first one goes onto a server that is already here."
        >
            <Act label="New tenant" href="/tenants/new" primary=true denied=denied />
        </Empty>
    }
    .into_any()
}
