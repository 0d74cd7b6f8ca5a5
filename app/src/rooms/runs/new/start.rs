//! Starting what was chosen, as it was typed.

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Error, Result};
use neo::migrations::Set;
use neo::runs::{self, Kind, Request};

use super::choice::{goal, selection};
use super::strategy;
use crate::page::forms::Form;
use crate::query::Query;

/// Its number.
pub async fn start(platform: &Platform, actor: &Actor, query: &Query, form: &Form) -> Result<i64> {
    let set = Set::load(&platform.config.tenant_migrations).await?;
    let (goal, selection) = (goal(query)?, selection(query, set.latest())?);
    if goal.kind() == Kind::Rollback {
        let tenants = runs::rollback_preview(platform, actor, &goal, &selection).await?;
        let expected = match tenants.as_slice() {
            [(tenant, _)] => tenant.slug.clone(),
            many => many.len().to_string(),
        };
        if form.text("confirm") != expected {
            return Err(Error::invalid("confirm", format!("type {expected} to confirm")));
        }
    }
    let request = Request {
        goal,
        selection,
        policy: strategy::policy(form)?,
        reason: form.optional("reason").map(str::to_owned),
        not_before: strategy::at(form)?,
        detached: true,
    };
    Ok(runs::start(platform, actor, request).await?.number)
}
