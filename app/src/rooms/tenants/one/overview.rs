//! What the first tab of a tenant knows besides what it is, and how that is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::backups::{self, Backup};
use neo::error::Result;
use neo::runs::Failure;
use neo::runs::{self, Kind, Run, TaskStatus};
use neo::tenants::provision::{self, StepRecord};
use neo::tenants::{self, Before, Comparison, Drift, Filter, Kept, Lock, Status as Life, Tenant};
use neo::windows;
use neo_model::InWindow;

use super::model::One;
use crate::rooms::tenants::reach::{Connection, reach};

/// What there is to say of a tenant besides what it is.
pub struct Overview {
    /// What the look at the tenant's own database said, where one was asked for.
    pub connection: Option<Connection>,
    /// Of a tenant that is being made, or was not made to the end.
    pub steps: Option<Steps>,
    /// What it had before a backup that is not whole in its place yet.
    pub before: Option<Before>,
    /// A run that has work here, now or next.
    pub working: Option<Run>,
    /// Who holds its lock, where that was asked.
    pub seen: Option<Seen>,
    /// What the last run that failed here met, where that is still known.
    pub failure: Option<Failure>,
    pub compared: Comparison,
    /// Of one that is deleted: what is left of it.
    pub backups: Vec<Backup>,
    pub drift: Option<Drift>,
    /// What it had before it was moved.
    pub kept: Option<Kept>,
    /// The maintenance windows that keep it from runs now.
    pub windows: Vec<InWindow>,
}

/// What is looked at only when somebody asks: both reach the tenant's server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub test: bool,
    pub lock: bool,
}

/// What the look at the lock said: the holder, nobody, or why it cannot be seen.
pub type Seen = std::result::Result<Option<Lock>, String>;

pub struct Steps {
    pub records: Vec<StepRecord>,
    pub run: Option<Run>,
}

impl Steps {
    /// Somebody is at it. A run that is over while the tenant is still provisioning was left behind by its worker.
    pub fn is_live(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.status.is_over())
    }
}

impl Overview {
    pub async fn load(platform: &Platform, actor: &Actor, one: &One, asked: Asked) -> Result<Self> {
        let tenant = &one.tenant;
        let steps = steps(platform, actor, tenant).await?;
        let connection = if asked.test { Some(reach(platform, actor, tenant).await?) } else { None };
        let seen = match asked.lock {
            true => Some(tenants::lock_holder(platform, actor, &tenant.slug).await.map_err(|error| error.to_string())),
            false => None,
        };
        let here = Filter { keys: vec![tenant.id.clone()], ..Filter::default() };
        Ok(Self {
            windows: match tenant.status {
                Life::Active | Life::Suspended => windows::over(platform, actor, &here).await?,
                _ => Vec::new(),
            },
            connection,
            steps,
            before: tenants::before(platform, actor, tenant).await?,
            seen,
            working: working(platform, actor, tenant).await?,
            failure: failure(platform, actor, tenant).await?,
            backups: match tenant.status {
                Life::Deleted => backups::list(platform, actor, Some(&tenant.id)).await?,
                _ => Vec::new(),
            },
            drift: tenants::drift(platform, actor, tenant).await?,
            kept: tenants::kept(platform, actor, tenant).await?,
            compared: tenants::comparison(platform, actor, tenant).await?,
        })
    }

    /// Something on it goes on.
    pub fn is_live(&self) -> bool {
        self.working.is_some() || self.steps.as_ref().is_some_and(Steps::is_live)
    }
}

async fn working(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Run>> {
    if tenant.status != Life::Active {
        return Ok(None);
    }
    let last = runs::of_tenant(platform, actor, &tenant.slug, 1).await?.pop();
    let open = last
        .filter(|(run, task)| !run.status.is_over() && matches!(task.status, TaskStatus::Queued | TaskStatus::Running));
    Ok(open.map(|(run, _)| run))
}

/// None for a tenant that is past all that.
async fn steps(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Steps>> {
    if !tenant.status.is_being_made() {
        return Ok(None);
    }
    let records = provision::steps(platform, actor, &tenant.slug).await?;
    let runs = runs::of_tenant(platform, actor, &tenant.slug, 5).await?;
    let run = runs.into_iter().map(|(run, _)| run).find(|run| run.kind == Kind::Provision);
    Ok(Some(Steps { records, run }))
}

async fn failure(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Failure>> {
    let (Some(error), Some(run)) = (&tenant.last_error, tenant.last_run) else { return Ok(None) };
    let attempts = runs::attempts(platform, actor, run, Some(&tenant.slug), None).await?;
    Ok(attempts.into_iter().filter_map(|attempt| attempt.failure).rfind(|failure| failure.message == *error))
}
