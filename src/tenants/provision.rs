//! Provisioning: resumable steps, each beside its undo.
use crate::{Platform, actor::Actor, engine::Failure, error::Result, tenants::Tenant};
use serde::{Deserialize, Serialize};

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
    pub state: String,
    pub attempts: i64,
    pub started_at: i64,
    pub finished_at: Option<i64>,
    pub failure: Option<Failure>,
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
pub async fn steps(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Vec<StepRecord>> {
    todo!()
}
