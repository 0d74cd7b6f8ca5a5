//! What a list of rows knows, and how it is looked up.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::audit::{self, Filter, Row};
use neo::error::Result;

use crate::query::Query;
use crate::rooms::audit::links;

const SHOWN: u32 = 50;

/// Some of the rows, newest first.
pub struct List {
    pub query: Query,
    /// Where this list is.
    pub path: String,
    /// Whose list it is, where it is a tenant's own.
    pub tenant: Option<String>,
    pub rows: Vec<Row>,
    /// There are older ones.
    pub more: bool,
    /// On all pages.
    pub total: i64,
    /// On the pages before this one.
    pub newer: i64,
    /// What belongs to the row that is open: its intent, or its outcome.
    pub partner: Option<Row>,
    pub may_export: bool,
}

impl List {
    pub async fn load(
        platform: &Platform,
        actor: &Actor,
        query: Query,
        path: String,
        tenant: Option<&str>,
    ) -> Result<Self> {
        let mut filter = links::read(&query)?;
        if let Some(id) = tenant {
            filter.tenant = Some(id.to_owned());
        }
        let total = audit::count(platform, actor, &filter).await?;
        let open = query.number::<i64>("open");
        let mut before = query.number("before");
        let mut rows = page(platform, actor, &filter, before).await?;
        if let Some(open) = open.filter(|open| before.is_none() && rows.iter().all(|row| row.seq != *open)) {
            // A link from elsewhere: the page that begins with it.
            before = Some(open.saturating_add(1));
            rows = page(platform, actor, &filter, before).await?;
        }
        let more = rows.len() > SHOWN as usize;
        rows.truncate(SHOWN as usize);
        let newer = match (before, more) {
            (None, _) => 0,
            (Some(_), false) => total - rows.len() as i64,
            (Some(_), true) => total - audit::count(platform, actor, &Filter { before, ..filter.clone() }).await?,
        };
        let opened = rows.iter().find(|row| Some(row.seq) == open);
        let partner = match opened {
            Some(row) => audit::partner(platform, actor, row).await?,
            None => None,
        };
        let query = match before {
            Some(before) if query.get("before").is_none() => query.at("before", before.to_string()),
            _ => query,
        };
        let may_export = actor.may(Permission::ExportAudit);
        Ok(Self {
            query,
            path,
            tenant: tenant.map(str::to_owned),
            rows,
            more,
            total,
            newer: newer.max(0),
            partner,
            may_export,
        })
    }

    pub fn is_open(&self, row: &Row) -> bool {
        self.query.number("open") == Some(row.seq)
    }

    pub fn is_filtered(&self) -> bool {
        links::selection(&self.query) != Query::default()
    }

    /// What chooses the rows, wherever the list is.
    pub fn selection(&self) -> Query {
        let chosen = links::selection(&self.query);
        self.tenant.as_ref().map_or(chosen.clone(), |id| chosen.with("tenant", id.as_str()))
    }
}

/// One more than is shown tells whether there is a next page.
async fn page(platform: &Platform, actor: &Actor, filter: &Filter, before: Option<i64>) -> Result<Vec<Row>> {
    audit::list(platform, actor, &Filter { before, limit: SHOWN + 1, ..filter.clone() }).await
}
