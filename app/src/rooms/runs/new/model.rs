//! What is asked of a new run, what it would do, and how that is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Error, Kind as ErrorKind, Result};
use neo::migrations::Set;
use neo::runs::{self, Goal, Kind, Policy};
use neo::tenants::{Filter, Status};
use neo::windows;
use neo_model::InWindow;

use super::choice::{goal, selection};
use super::rehearsals::Rehearsals;
use crate::query::Query;
use crate::rooms::runs::preview::Preview;

/// What is asked for, and what it would do.
pub struct New {
    /// The choice as the address says it.
    pub query: Query,
    pub kind: Kind,
    pub goal: Goal,
    pub selection: Filter,
    pub set: Set,
    pub outcome: Result<Preview>,
    /// What is wrong with who goes first, as the tenants are.
    pub wrong: Option<Error>,
    pub rehearsal: Rehearsals,
    /// It is only asked for: somebody else says yes.
    pub asks: bool,
    /// Who is in a maintenance window now.
    pub windows: Vec<InWindow>,
    pub actor: Actor,
}

impl New {
    /// As `policy` would have it.
    pub async fn load(platform: &Platform, actor: &Actor, query: Query, policy: &Policy) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await?;
        let selection = selection(&query, set.latest())?;
        let goal = goal(&query)?;
        let kind = goal.kind();
        let mut wrong = None;
        let outcome = match Preview::load(platform, actor, &goal, &selection, policy).await {
            // Its own field says so, and the rest is planned all the same.
            Err(error) if kind != Kind::Rollback && is_of_waves(&error) => {
                wrong = Some(error);
                Preview::load(platform, actor, &goal, &selection, &Policy::default()).await
            }
            outcome => outcome,
        };
        // An unknown tenant is the page's own failure; what a plan refuses is shown on the page.
        let outcome = match outcome {
            Err(error) if !matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::Unavailable) => {
                return Err(error);
            }
            outcome => outcome,
        };
        let rehearsal = match (&outcome, kind) {
            (Ok(Preview::Migrate(_)), Kind::Migrate) => {
                Rehearsals::load(platform, actor, &query, &selection, &goal, &set).await?
            }
            _ => Rehearsals::default(),
        };
        let asks = outcome.is_ok() && runs::asks(platform, actor, &goal, &selection).await?;
        let windows = match outcome.is_ok() && matches!(kind, Kind::Migrate | Kind::Rollback | Kind::Rotate) {
            true => kept(platform, actor, &selection).await?,
            false => Vec::new(),
        };
        Ok(Self { windows, query, kind, goal, selection, set, outcome, wrong, rehearsal, asks, actor: actor.clone() })
    }

    /// Several tenants, or as many as nobody knows yet.
    pub fn is_of_many(&self) -> bool {
        self.outcome.as_ref().map_or(self.selection.keys.len() != 1, Preview::is_of_many)
    }

    /// A rollback asks to type what it is about: the slug, or how many.
    pub fn expected(&self) -> Option<String> {
        let Ok(Preview::Rollback(tenants)) = &self.outcome else { return None };
        runs::to_confirm(tenants)
    }
}

/// Whom a window keeps of those that are meant.
async fn kept(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<InWindow>> {
    let statuses = if selection.keys.is_empty() { vec![Status::Active] } else { Vec::new() };
    windows::over(platform, actor, &Filter { statuses, ..selection.clone() }).await
}

/// Whether it is about who goes first, among the tenants that there are.
fn is_of_waves(error: &Error) -> bool {
    matches!(error.field, Some("wave" | "waves" | "wait"))
}
