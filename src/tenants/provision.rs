//! Provisioning: resumable steps, each beside its undo.

mod store;

use serde::{Deserialize, Serialize};

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::Failure;
use crate::error::Result;
use crate::tenants::{self, Tenant};

pub(super) use store::plan;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Reserve,
    Role,
    Database,
    Rights,
    Migrate,
    Admin,
    Activate,
}

impl Step {
    pub const ALL: [Step; 7] =
        [Step::Reserve, Step::Role, Step::Database, Step::Rights, Step::Migrate, Step::Admin, Step::Activate];

    pub fn as_str(self) -> &'static str {
        match self {
            Step::Reserve => "reserve",
            Step::Role => "role",
            Step::Database => "database",
            Step::Rights => "rights",
            Step::Migrate => "migrate",
            Step::Admin => "admin",
            Step::Activate => "activate",
        }
    }
}

/// What is told while it goes on.
#[derive(Debug, Clone)]
pub enum Progress {
    StepStarted { step: Step },
    StepSucceeded { step: Step, ms: i64 },
    StepFailed { step: Step, ms: i64, failure: Failure },
    StepUndone { step: Step },
    Applied { migration: String, ms: i64 },
}
pub type Sink<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// One recorded step, for the page and `tenant show`.
#[derive(Debug, Clone, Serialize)]
pub struct StepRecord {
    pub step: Step,
    /// planned | started | succeeded | failed | undone
    pub state: String,
    pub attempts: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub failure: Option<Failure>,
}

/// The tenant's first user as it waits for its step: the hash, never the password.
#[derive(Serialize, Deserialize)]
pub(super) struct Admin {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub password_hash: String,
}

/// Goes on from the first step that has not succeeded. Safe to call twice; a kill at any point loses nothing.
pub async fn resume(_platform: &Platform, _actor: &Actor, _key: &str, _sink: Sink<'_>) -> Result<Tenant> {
    todo!()
}
/// Undoes every step that was begun, in reverse, dropping only what bears this tenant's marker; the row becomes `deleted`
/// and its slug is free again.
pub async fn undo(_platform: &Platform, _actor: &Actor, _key: &str, _sink: Sink<'_>) -> Result<Tenant> {
    todo!()
}

/// The steps in order: those done and those to come. An adopted tenant has none.
pub async fn steps(platform: &Platform, actor: &Actor, key: &str) -> Result<Vec<StepRecord>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let tenant = tenants::get(&mut conn, key).await?;
    store::steps(&mut conn, &tenant.id).await
}
