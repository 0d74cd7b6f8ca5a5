//! What the page of one run knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::runs::{self, Acknowledged, Attempt, Cause, Reason, Run, TaskFilter, TaskPage, TaskStatus, WaveStatus};
use neo::tenants::{self, Drift};
use neo_model::InWindow;

use crate::query::Query;
use crate::rooms::runs::links;
use crate::words::parse;

/// Rows on one page.
const SHOWN: u32 = 50;

/// As many are told with their differences; the others are in the table.
const DIFFERING: u32 = 5;

pub struct One {
    pub run: Run,
    pub causes: Vec<Cause>,
    /// Who looks into it.
    pub acknowledged: Vec<Acknowledged>,
    pub waves: Vec<WaveStatus>,
    pub page: TaskPage,
    /// Of the tenant whose log is open, or of the cause whose logs are.
    pub attempts: Vec<Attempt>,
    /// How the first of those differ that are not like most.
    pub drift: Vec<Drift>,
    /// Who of it waits for the end of a maintenance window.
    pub windows: Vec<InWindow>,
    pub query: Query,
    pub actor: Actor,
}

impl One {
    pub async fn load(platform: &Platform, actor: &Actor, number: i64, query: Query) -> Result<Self> {
        let run = runs::find(platform, actor, number).await?;
        let filter = task_filter(&query, SHOWN)?;
        let (tenant, cause) = (query.get("tenant"), query.get("log"));
        let attempts = match (tenant, cause) {
            (None, None) => Vec::new(),
            (tenant, cause) => runs::attempts(platform, actor, number, tenant, cause).await?,
        };
        Ok(Self {
            acknowledged: runs::acknowledged(platform, actor, number).await?,
            waves: runs::waves(platform, actor, number).await?,
            causes: runs::causes(platform, actor, number).await?,
            page: runs::tasks(platform, actor, number, &filter).await?,
            drift: differing(platform, actor, &run).await?,
            windows: runs::waiting_for_windows(platform, actor, number).await?,
            run,
            attempts,
            actor: actor.clone(),
            query,
        })
    }

    pub fn path(&self) -> String {
        links::one(self.run.number)
    }

    /// How many wait in the wave after this one, and how many in those behind it.
    pub fn follows(&self, gate: i64) -> (i64, i64) {
        let queued = |from: i64, to: i64| {
            self.waves.iter().filter(|wave| (from..=to).contains(&wave.wave)).map(|wave| wave.tenants.queued).sum()
        };
        (queued(gate + 1, gate + 1), queued(gate + 2, i64::MAX))
    }

    /// The address of this page with one thing changed.
    pub fn href(&self, query: &Query) -> String {
        query.href(&self.path())
    }

    pub fn is_all(&self) -> bool {
        task_filter(&self.query, SHOWN).is_ok_and(|filter| {
            let TaskFilter { status, reason, cause, text, .. } = filter;
            status.is_none() && reason.is_none() && cause.is_none() && text.is_none()
        })
    }
}

/// Of which tenants the table tells.
fn task_filter(query: &Query, limit: u32) -> Result<TaskFilter> {
    Ok(TaskFilter {
        status: query.get("status").map(|w| parse::<TaskStatus>("status", w)).transpose()?,
        reason: query.get("reason").map(|reason| reason.to_owned().into()),
        cause: query.get("cause").map(str::to_owned),
        text: query.get("q").map(str::to_owned),
        after: query.get("after").map(str::to_owned),
        limit,
    })
}

/// How the first of those differ that have drifted.
async fn differing(platform: &Platform, actor: &Actor, run: &Run) -> Result<Vec<Drift>> {
    let mut found = Vec::new();
    if run.tenants.drifted == 0 {
        return Ok(found);
    }
    let filter = TaskFilter { reason: Some(Reason::Drifted), limit: DIFFERING, ..TaskFilter::default() };
    for task in runs::tasks(platform, actor, run.number, &filter).await?.tasks {
        let tenant = tenants::find(platform, actor, &task.tenant_id).await?;
        found.extend(tenants::drift(platform, actor, &tenant).await?);
    }
    Ok(found)
}
