//! What the list of tenants knows, and how it is looked up.

use std::collections::{HashMap, HashSet};

use neo::actor::Actor;
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::{self, TaskStatus};
use neo::tenants::{self, Counts, PageRequest, Sort};
use neo::{Platform, servers};
use neo_model::FilterPage;

use crate::query::Query;
use crate::rooms::filters::bar::Bar;
use crate::rooms::tenants::{links, standing};

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
    /// The filters that are kept.
    pub saved: Option<Bar>,
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
            saved: Bar::load(platform, actor, FilterPage::Tenants, &query).await?,
            actor: actor.clone(),
            page,
            query,
            set,
        })
    }

    pub fn latest(&self) -> Option<i64> {
        self.set.as_ref().ok().and_then(Set::latest)
    }

    pub fn is_filtered(&self) -> bool {
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
